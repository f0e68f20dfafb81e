"""Uses Conduit through the package that openapi-generator makes of its contract. Run with its folder and address."""

import sys

sys.path.insert(0, sys.argv[1])

import conduit  # noqa: E402
from conduit.exceptions import NotFoundException, UnauthorizedException  # noqa: E402

anybody = conduit.ApiClient(conduit.Configuration(host=sys.argv[2]))
form = conduit.RegisterRequestUser(username="pia", email="pia@x.example", password="correct horse")
user = conduit.UsersApi(anybody).register(conduit.RegisterRequest(user=form)).user
assert (user.username, user.bio, user.image) == ("pia", None, None), user
key = {"login": user.token}
signed = conduit.Configuration(host=sys.argv[2], api_key=key, api_key_prefix={"login": "Token"})
pia = conduit.ApiClient(signed)

change = conduit.UpdateUserRequest(user=conduit.UpdateUserRequestUser(bio="Writes."))
assert conduit.UserApi(pia).update_user(change).user.bio == "Writes."
articles = conduit.ArticlesApi(pia)
new = conduit.CreateArticleRequestArticle(title="Generated", description="How", body="So.", tag_list=["b", "a"])
article = articles.create_article(conduit.CreateArticleRequest(article=new)).article
assert (article.slug, article.tag_list, article.favorites_count) == ("generated", ["a", "b"], 0), article
assert articles.favorite("generated").article.favorited
listed = articles.list_articles(favorited="pia")
assert (listed.articles_count, listed.articles[0].author.username) == (1, "pia"), listed
comment = conduit.AddCommentRequest(comment=conduit.AddCommentRequestComment(body="Thank you."))
made = articles.add_comment("generated", comment).comment
articles.delete_comment("generated", made.id)
assert articles.list_comments("generated").comments == []
assert "a" in conduit.TagsApi(anybody).list_tags().tags
articles.delete_article("generated")
for ask, error in [
    (lambda: articles.get_article("generated"), NotFoundException),
    (lambda: conduit.UserApi(anybody).current_user(), UnauthorizedException),
]:
    try:
        ask()
        raise AssertionError(f"no {error.__name__}")
    except error as told:
        assert told.data.errors.body, told

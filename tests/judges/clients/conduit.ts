// Uses Conduit through the types that openapi-typescript makes of its contract. Run with its address.
import createClient from "openapi-fetch";
import type { components, paths } from "./conduit_contract.ts";

declare const process: { argv: string[] };

function sure<T>(given: T | undefined, what: unknown): T {
  if (given === undefined) throw new Error(`no answer: ${JSON.stringify(what)}`);
  return given;
}

function same(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(got)} and not ${JSON.stringify(wanted)}`);
  }
}

const baseUrl = sure(process.argv[2], "the address");
const anybody = createClient<paths>({ baseUrl });
const joined = await anybody.POST("/api/users", {
  body: { user: { username: "tess", email: "tess@x.example", password: "correct horse" } },
});
const { user } = sure(joined.data, joined.error);
same([user.username, user.bio], ["tess", null]);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Token ${user.token}` } });

const written = await api.POST("/api/articles", {
  body: { article: { title: "Typed", description: "How", body: "So.", tagList: ["b", "a"] } },
});
const article: components["schemas"]["ArticlePage"] = sure(written.data, written.error).article;
same([article.slug, article.tagList, article.author.username], ["typed", ["a", "b"], "tess"]);
// @ts-expect-error: a card of a list has no body.
const body: components["schemas"]["ArticleCard"]["body"] = article.body;
same(body, "So.");

const path = { slug: article.slug };
const liked = await api.POST("/api/articles/{slug}/favorite", { params: { path } });
same(sure(liked.data, liked.error).article.favoritesCount, 1);
const said = await api.POST("/api/articles/{slug}/comments", {
  params: { path },
  body: { comment: { body: "Thank you." } },
});
const { comment } = sure(said.data, said.error);
same(typeof comment.id, "number");
const listed = await api.GET("/api/articles", { params: { query: { author: "tess", limit: 1 } } });
same(sure(listed.data, listed.error).articlesCount, 1);
const again = await api.POST("/api/articles", {
  body: { article: { title: "Typed", description: "How", body: "So." } },
});
same([again.response.status, again.error?.errors], [422, { body: ["title has been used already"] }]);
const gone = await api.DELETE("/api/articles/{slug}/comments/{comment}", {
  params: { path: { ...path, comment: comment.id } },
});
same(gone.response.status, 204);

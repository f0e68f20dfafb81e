//! `static`: files under a path, for GET and HEAD.
pub(super) mod media;
mod pack;
mod place;
mod range;

use super::Response;
use super::coding::Wanted;
use super::conditional::{Validators, Verdict, whole};
use super::routes::normal;
use axum::body::Body;
use bytes::BytesMut;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    LAST_MODIFIED, LOCATION, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
pub use pack::{Pack, PackError};
use place::{ENCODINGS, Found, Place};
use quater_ir::Program;
use quater_ir::surface::Assets;
use range::Range;
use smol_str::SmolStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// A folder of files that is not there.
#[derive(Debug, thiserror::Error)]
#[error("the files of `static {path}` are not there: the folder `{}` can't be read", folder.display())]
pub struct MissingFolder {
    /// The path that they are served under.
    pub path: String,
    /// The folder.
    pub folder: PathBuf,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

/// The file trees of a service, those with longer paths first.
#[derive(Debug, Default)]
pub(super) struct Trees(Vec<Tree>);

#[derive(Debug)]
struct Tree {
    path: SmolStr,
    root: Root,
    cache: HeaderValue,
    spa: bool,
    precompressed: bool,
}

/// Where the files of a tree are.
#[derive(Debug, Clone)]
enum Root {
    /// In a folder, behind all links.
    Folder(PathBuf),
    /// Behind the service.
    Pack(Pack),
}

impl Trees {
    /// Finds the folders, which begin at the folder of the service's file, unless their files stand behind it.
    pub(super) fn plan(program: &Program, folder: &Path, pack: Option<&Pack>) -> Result<Self, MissingFolder> {
        let mut trees = program
            .surface
            .assets
            .iter()
            .map(|assets| Tree::plan(assets, folder, pack))
            .collect::<Result<Vec<_>, _>>()?;
        trees.sort_by_key(|tree| std::cmp::Reverse(tree.path.len()));
        Ok(Self(trees))
    }

    /// Whether a path lies among files.
    pub(super) fn have(&self, path: &str) -> bool {
        self.find(path).iter().any(|(_, inside)| inside.is_some())
    }

    /// The trees that a path leads into, and where in each; that is nowhere for the path of its folder without a slash.
    fn find(&self, path: &str) -> Vec<(&Tree, Option<String>)> {
        let path = normal(path);
        let found = self.0.iter().filter_map(|tree| {
            let rest = path.strip_prefix(tree.path.as_str())?;
            let inside = rest.strip_prefix('/').map(str::to_owned);
            (rest.is_empty() || inside.is_some()).then_some((tree, inside))
        });
        found.collect()
    }

    /// The file at a path; none where there is none.
    pub(super) async fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        for (tree, inside) in self.find(path) {
            match tree.look(inside.as_deref().unwrap_or(""), request).await {
                Some(Place::File(found)) if inside.is_some() => return tree.file(found, request).await,
                Some(Place::File(_) | Place::Folder) => return moved(path),
                None if inside.is_some() => return None,
                None => {}
            }
        }
        None
    }
}

impl Tree {
    fn plan(assets: &Assets, folder: &Path, pack: Option<&Pack>) -> Result<Self, MissingFolder> {
        let folder = folder.join(assets.folder.as_str());
        let missing =
            |source| MissingFolder { path: assets.path.to_string(), folder: folder.clone(), source };
        let root = match pack {
            Some(pack) => Root::Pack(pack.clone()),
            None => {
                let root = std::fs::canonicalize(&folder).map_err(missing)?;
                std::fs::read_dir(&root).map_err(missing)?;
                Root::Folder(root)
            }
        };
        let kept = |time| HeaderValue::try_from(format!("public, max-age={}", time / 1_000)).ok();
        let cache = assets.cache.and_then(kept).unwrap_or(HeaderValue::from_static("no-cache"));
        let Assets { path, spa, precompressed, .. } = assets;
        Ok(Self { path: path.clone(), root, cache, spa: *spa, precompressed: *precompressed })
    }

    /// What the disk has, asked where waiting keeps nobody up.
    async fn look(&self, inside: &str, request: &HeaderMap) -> Option<Place> {
        let wanted = Wanted::of(request);
        let known = ENCODINGS.iter().map(|(name, _)| *name);
        let encodings: Vec<_> = known.filter(|name| self.precompressed && wanted.takes(name)).collect();
        let names = place::names(inside)?;
        // A page of an application of one page has no file of its own; a picture that misses is missing.
        let last = inside.rsplit('/').next().unwrap_or("");
        let page = (self.spa && !last.contains('.')).then(|| place::names("")).flatten();
        let (root, path) = (self.root.clone(), self.path.clone());
        let look = move || {
            let find = |names: &[String]| match &root {
                Root::Folder(root) => place::find(root, names, &encodings),
                Root::Pack(pack) => pack.find(&path, names, &encodings),
            };
            find(&names).or_else(|| find(&page?))
        };
        tokio::task::spawn_blocking(look).await.ok().flatten()
    }

    async fn file(&self, found: Found, request: &HeaderMap) -> Option<Response> {
        let validators = validators(&found)?;
        let (length, whole) = (found.length, (0, found.length));
        let (status, part) = match validators.judge(request) {
            Verdict::NotModified => (StatusCode::NOT_MODIFIED, None),
            Verdict::Failed => (StatusCode::PRECONDITION_FAILED, None),
            Verdict::Go if !validators.in_range(request) => (StatusCode::OK, Some(whole)),
            Verdict::Go => match range::of(request, length) {
                Range::Whole => (StatusCode::OK, Some(whole)),
                Range::Part { from, count } => (StatusCode::PARTIAL_CONTENT, Some((from, count))),
                Range::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, None),
            },
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        self.describe(response.headers_mut(), &found, validators);
        if status == StatusCode::RANGE_NOT_SATISFIABLE {
            let all = HeaderValue::try_from(format!("bytes */{length}")).ok()?;
            response.headers_mut().insert(CONTENT_RANGE, all);
        }
        let Some((from, count)) = part else { return Some(response) };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(found.media));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(count));
        if status == StatusCode::PARTIAL_CONTENT {
            let said = format!("bytes {from}-{}/{length}", from + count - 1);
            headers.insert(CONTENT_RANGE, HeaderValue::try_from(said).ok()?);
        }
        headers.extend(found.encoding.map(|name| (CONTENT_ENCODING, HeaderValue::from_static(name))));
        *response.body_mut() = body(found.file, found.begin + from, count).await?;
        Some(response)
    }

    /// What is said of a file whether or not it is sent.
    fn describe(&self, headers: &mut HeaderMap, found: &Found, validators: Validators) {
        let date = validators.modified.map(httpdate::fmt_http_date);
        let date = date.and_then(|date| HeaderValue::try_from(date).ok());
        headers.extend(date.map(|date| (LAST_MODIFIED, date)));
        headers.insert(ETAG, validators.tag);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        // A page names its scripts and styles: it must be asked for, or it names those of yesterday.
        let page = found.media.starts_with("text/html");
        let cache = if page { HeaderValue::from_static("no-cache") } else { self.cache.clone() };
        headers.insert(CACHE_CONTROL, cache);
        if self.precompressed {
            headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
    }
}

/// A file is the same as long as its length and the moment of its last change are, or its digest.
fn validators(found: &Found) -> Option<Validators> {
    if let Some(tag) = &found.tag {
        let tag = HeaderValue::try_from(format!("\"{tag}\"")).ok()?;
        return Some(Validators { tag, modified: None });
    }
    let since = found.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let end = found.encoding.map_or(String::new(), |encoding| format!("-{encoding}"));
    let tag = HeaderValue::try_from(format!("\"{:x}-{:x}{end}\"", since.as_nanos(), found.length)).ok()?;
    Some(Validators { tag, modified: found.modified.map(whole) })
}

/// The bytes of a file, read as fast as they are taken.
async fn body(file: std::fs::File, from: u64, count: u64) -> Option<Body> {
    let mut file = tokio::fs::File::from_std(file);
    if from > 0 {
        file.seek(io::SeekFrom::Start(from)).await.ok()?;
    }
    let chunks = stream::try_unfold((file, count), |(mut file, left)| async move {
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        if most == 0 {
            return Ok(None);
        }
        let mut chunk = BytesMut::with_capacity(most);
        let read = (&mut file).take(most as u64).read_buf(&mut chunk).await?;
        // Somebody has cut it off: the caller notices, since its length was told.
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Some((chunk.freeze(), (file, left - read as u64))))
    });
    Some(Body::from_stream(chunks))
}

/// The same with the slash that paths of folders end with.
fn moved(path: &str) -> Option<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(format!("{path}/")).ok()?);
    Some(response)
}

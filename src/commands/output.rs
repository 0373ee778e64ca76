//! Where results go: nothing that exists is overwritten unasked.

use std::path::{Path, PathBuf};

/// A path that may be written: `given` if it does not exist yet or `force` is set, else an error; without `given`, `default` with a number
/// behind it where it exists.
///
/// # Errors
/// A message that names the path and the way out.
pub fn writable(given: Option<&Path>, default: &Path, force: bool) -> Result<PathBuf, String> {
    match given {
        Some(path) if path == Path::new("-") => {
            Err("- stands for standard output, which gets no files; give a name, such as ./- for a file called so".into())
        }
        Some(path) if path.exists() && !force => {
            Err(format!("{} exists; choose another name or give --force to replace it", path.display()))
        }
        Some(path) => Ok(path.into()),
        None if !default.exists() || force => Ok(default.into()),
        None => {
            let stem = default.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let extension = default.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
            let numbered = |n: u32| default.with_file_name(format!("{stem}-{n}{extension}"));
            (2..).map(numbered).find(|path| !path.exists()).ok_or_else(|| format!("no free name beside {}", default.display()))
        }
    }
}

/// Checks that `path`, given for `option`, ends as what is written there: nothing is called .jpg that is a PNG.
///
/// # Errors
/// A message that names both.
pub fn must_end(option: &str, path: Option<&Path>, end: &str) -> Result<(), String> {
    match path {
        Some(path) if extension(path) != end => {
            Err(format!("{option} {}: this writes .{end} files; give a name that ends in .{end}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Extension in lower case, empty where there is none.
pub fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

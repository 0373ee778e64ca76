//! Paths and names in commands that are printed for a person to run.

use std::path::Path;

/// A path as a shell takes it for one word: quoted where it holds anything but plain characters.
pub fn quoted(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./:\\+,=@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) && (cfg!(windows) || !text.contains('\\')) {
        return text.into_owned();
    }
    if cfg!(windows) { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The path with a leading `~` as the home directory: a shell leaves it alone behind `=` and in files.
pub fn expanded(path: &str) -> String {
    let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') || cfg!(windows) && rest.starts_with('\\') => {
            home().map_or_else(|| path.to_owned(), |home| format!("{}{rest}", home.display()))
        }
        _ => path.to_owned(),
    }
}

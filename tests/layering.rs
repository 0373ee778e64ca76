//! The direction of dependencies: each module of the library uses only modules above it in `src/lib.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Modules in the order in which data flows; those of one row do not know each other.
const ROWS: [&[&str]; 19] = [
    &["disk", "shell", "signals"],
    &["download", "sheet"],
    &["random"],
    &["plan"],
    &["twin"],
    &["ops"],
    &["kernels"],
    &["graph"],
    &["layers"],
    &["models"],
    &["engine"],
    &["data"],
    &["figure"],
    &["config"],
    &["train", "eval", "theory"],
    &["terminal", "app"],
    &["cli"],
    &["commands"],
    &["main", "lib"],
];

/// Modules that may use only some of those above them, or some of their names.
const NARROW: [(&str, &[&str]); 6] = [
    ("twin", &["plan"]),
    ("ops", &["plan", "random", "twin"]),
    ("layers", &["graph", "ops::convolution", "ops::group_norm", "ops::pointwise", "ops::resample"]),
    ("models", &["plan", "random", "ops", "graph", "layers"]),
    ("engine", &["plan", "random", "twin", "ops"]),
    // Neither knows whether there is a window, nor how training works.
    ("terminal", &["train", "config"]),
];

/// Modules that may name wgpu, and what of it.
const WGPU: [(&str, &str); 4] = [("engine", "wgpu"), ("plan", "wgpu::naga"), ("app", "wgpu::DeviceType"), ("app", "wgpu::PresentMode")];

/// Rooms that must run in a browser too, where nothing may block, spawn a thread, touch a file or read the clock of the system.
const PORTABLE: [&str; 7] = ["plan", "graph", "ops", "layers", "models", "engine/gpu", "train/trainer"];

/// What they must not name. Twins share their work by rayon, which does without threads where there are none.
const UNPORTABLE: [&str; 10] = [
    "std::fs",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::env",
    "std::process",
    "std::net",
    "std::sync::mpsc",
    "pollster",
    "rayon",
];

#[test]
fn portable_rooms_name_nothing_that_a_browser_lacks() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for room in PORTABLE {
        let files = rust_files(&src.join(room));
        assert!(!files.is_empty(), "no room {room}");
        for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
            let text = std::fs::read_to_string(file).expect("a source file");
            wrong.extend(unportable(&text, file.ends_with("twin.rs")).into_iter().map(|what| format!("{}: {what}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_finds_what_a_browser_lacks() {
    let found = |text: &str| unportable(text, false);
    assert_eq!(found("use std::{collections::VecDeque, time::{Duration, Instant}};"), ["std::time::Instant"]);
    assert_eq!(found("fn f() { std::fs::read(path) }"), ["std::fs"]);
    assert_eq!(found("use std::{fs, thread};"), ["std::fs", "std::thread"]);
    assert_eq!(found("let d = pollster::block_on(open());"), ["pollster"]);
    assert_eq!(found("use rayon::prelude::*;"), ["rayon"]);
    assert_eq!(found("use std::time::Duration; // std::fs\nuse web_time::Instant;\nmod tests { use std::fs; }"), Vec::<&str>::new());
    assert_eq!(unportable("use rayon::prelude::*;", true), Vec::<&str>::new());
}

/// What a text names of [`UNPORTABLE`], outside of its tests.
fn unportable(text: &str, twin: bool) -> Vec<&'static str> {
    let code = without_comments(text);
    let code = code.split("mod tests {").next().unwrap_or_default();
    let std = paths(code, "std::").into_iter().map(|path| format!("std::{path}"));
    let named: Vec<String> = std.collect();
    let is_there = |name: &&str| match name.strip_prefix("std::") {
        Some(_) => named.iter().any(|path| path == name || path.starts_with(&format!("{name}::"))),
        None => code.contains(&format!("{name}::")),
    };
    UNPORTABLE.iter().copied().filter(is_there).filter(|name| !(twin && *name == "rayon")).collect()
}

#[test]
fn modules_use_only_what_is_above_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let files = rust_files(&src);
    assert!(files.iter().any(|file| file.ends_with("lib.rs")), "no sources in {}", src.display());
    for file in files {
        let relative = file.strip_prefix(&src).expect("inside src");
        let text = std::fs::read_to_string(&file).expect("a source file");
        wrong.extend(check(relative, &text).into_iter().map(|what| format!("{}: {what}", relative.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_finds_what_points_the_wrong_way() {
    let found = |file: &str, text: &str| check(Path::new(file), text).len();
    assert_eq!(
        found("layers/linear.rs", "use crate::{graph::Var, ops::pointwise::Activation};\n//! crate::engine and wgpu\nuse super::Layer;"),
        0
    );
    assert_eq!(found("engine/cpu/mod.rs", "use crate::{ops::{self, twin}, plan::*};\nuse super::compare;"), 0);
    assert_eq!(found("plan/kernel.rs", "use wgpu::naga;\nlet c = wgpu::naga::front();"), 0);
    assert_eq!(found("main.rs", "ganvas::commands::run(ganvas::cli::parse())"), 0);
    for (file, text) in [
        ("layers/linear.rs", "use crate::{\n    graph::Graph,\n    models::Gan,\n};"),
        ("layers/linear.rs", "fn f() { crate::engine::devices() }"),
        ("ops/loss.rs", "use crate::layers;"),
        ("models/gan.rs", "fn f(adapter: &wgpu::Adapter) {}"),
        ("plan/kernel.rs", "use wgpu::Device;"),
        ("engine/mod.rs", "use crate::{ops::twin, models::Gan};"),
        ("engine/cpu/mod.rs", "use super::super::super::train;"),
        ("train/link.rs", "pub(crate) fn f() -> crate::terminal::Terminal {}"),
        ("config/mod.rs", "use super::plan::Plan;"),
        ("novelty.rs", ""),
    ] {
        assert_eq!(found(file, text), 1, "{file}: {text}");
    }
}

#[test]
fn no_file_needs_one_that_needs_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts: BTreeMap<String, String> = rust_files(&src)
        .into_iter()
        .map(|file| {
            let module = module_of(file.strip_prefix(&src).expect("inside src"));
            (module, std::fs::read_to_string(&file).expect("a source file"))
        })
        .collect();
    assert_eq!(circle(&texts), None, "files that use each other; a module and those inside it may");
}

#[test]
fn the_check_finds_circles() {
    let texts = |files: &[(&str, &str)]| files.iter().map(|(module, text)| (String::from(*module), String::from(*text))).collect();
    let straight = [
        ("a", "mod b; use b::B;"),
        ("a::b", "use super::A; use super::c::C;"),
        ("a::c", "//! super::b"),
        ("d", "use crate::a::{b::B, c};"),
    ];
    assert_eq!(circle(&texts(&straight)), None);
    let two = [("a::b", "use super::c::C;"), ("a::c", "fn f() { crate::a::b::g() }")];
    assert!(circle(&texts(&two)).is_some());
    let three = [("a::b", "use super::{x, c::C};"), ("a::c", "use crate::d;"), ("d", "use crate::a::b;")];
    assert!(circle(&texts(&three)).is_some());
}

/// Name of the module in a file of `src`: `graph::lower::tile`.
fn module_of(file: &Path) -> String {
    let parts = file.iter().map(|part| part.to_str().expect("UTF-8").trim_end_matches(".rs")).filter(|part| *part != "mod");
    parts.collect::<Vec<_>>().join("::")
}

/// Modules that use each other in a circle, by name, if there are any. A module and those inside it count as one.
fn circle(texts: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let file_of = |path: &str| {
        let parts: Vec<&str> = path.split("::").collect();
        (1..=parts.len()).rev().map(|n| parts[..n].join("::")).find(|name| texts.contains_key(name))
    };
    let related = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}::")) || b.starts_with(&format!("{a}::"));
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (module, text) in texts {
        let code = without_comments(text);
        let code = code.split("mod tests {").next().unwrap_or_default();
        let outer: Vec<&str> = module.split("::").collect();
        let near = paths(code, "super::").into_iter().map(|path| {
            let up = path.split("::").take_while(|part| *part == "super").count() + 1;
            let rest = path.split("::").skip(up - 1);
            outer[..outer.len().saturating_sub(up)].iter().copied().chain(rest).collect::<Vec<_>>().join("::")
        });
        let all = near.chain(paths(code, "crate::")).filter_map(|path| file_of(&path));
        uses.insert(module, all.filter(|used| !related(module, used)).collect());
    }
    // What uses only what is left away can be left away too; what stays is a circle, or needs one.
    loop {
        let free: Vec<&str> = uses.iter().filter(|(_, used)| used.is_empty()).map(|(module, _)| *module).collect();
        if free.is_empty() {
            break;
        }
        uses.retain(|module, _| !free.contains(module));
        uses.values_mut().for_each(|used| used.retain(|module| !free.contains(&module.as_str())));
    }
    (!uses.is_empty()).then(|| uses.into_keys().map(String::from).collect())
}

/// What is wrong with a file of `src`.
fn check(file: &Path, text: &str) -> Vec<String> {
    let parts: Vec<&str> = file.iter().map(|part| part.to_str().expect("UTF-8").trim_end_matches(".rs")).collect();
    let module = parts[0];
    let Some(row) = ROWS.iter().position(|row| row.contains(&module)) else {
        return vec![format!("the module {module} has no row in tests/layering.rs")];
    };
    let code = without_comments(text);
    let mut wrong = Vec::new();
    let narrow = NARROW.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
    for path in paths(&code, "crate::").into_iter().chain(paths(&code, "ganvas::")) {
        let target = path.split("::").next().unwrap_or_default();
        let above = ROWS[..row].concat().contains(&target);
        let inside = |allowed: &&str| path == **allowed || path.starts_with(&format!("{allowed}::"));
        if target != module && !narrow.map_or(above, |allowed| above && allowed.iter().any(inside)) {
            wrong.push(format!("{module} must not use {path}"));
        }
    }
    for path in paths(&code, "wgpu::") {
        let path = format!("wgpu::{path}");
        let allowed = WGPU.iter().filter(|(name, _)| *name == module);
        if !allowed.into_iter().any(|(_, allowed)| path.starts_with(allowed)) {
            wrong.push(format!("{module} must not use {path}"));
        }
    }
    // Depth of the module in the tree; one `super` more than that is not Rust, and as many reach the root.
    let depth = parts.iter().filter(|part| **part != "mod").count();
    let root = "super::".repeat(depth);
    let main_part = code.split("mod tests {").next().unwrap_or_default();
    if module != "main" && module != "lib" && main_part.contains(&root) {
        wrong.push(format!("'{root}' reaches the root; write crate::"));
    }
    wrong
}

/// Paths that follow `start`, groups in braces taken apart: `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn paths(code: &str, start: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (position, _) in code.match_indices(start) {
        let before = code[..position].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            collect(&code[position + start.len()..], String::new(), &mut found);
        }
    }
    found
}

/// Adds the paths at the start of `code`, each behind `prefix`. Returns what is left of the code.
fn collect<'a>(code: &'a str, prefix: String, found: &mut BTreeSet<String>) -> &'a str {
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = collect(rest.trim_start(), prefix.clone(), found).trim_start();
            match rest.chars().next() {
                Some(',') => rest = &rest[1..],
                Some('}') => return &rest[1..],
                // An alias: `as name`.
                Some(_) => rest = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == ' '),
                None => return rest,
            }
        }
    }
    let name = code.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(code.len());
    let path = format!("{prefix}{}", &code[..name]);
    match code[name..].strip_prefix("::") {
        Some(rest) if name > 0 && !rest.starts_with('<') => collect(rest, format!("{path}::"), found),
        _ => {
            if name > 0 {
                found.insert(path);
            }
            &code[name..]
        }
    }
}

/// The code without what follows `//` on a line.
fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

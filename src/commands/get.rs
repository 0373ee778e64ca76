//! `ganvas data get`: published data sets, downloaded and checked.

use super::Outcome;
use crate::{
    cli::GetArgs,
    data::{PUBLISHED, Published, data_folder},
    download::{Told, download},
    plan::amount,
    shell::quoted,
    terminal::{DownloadBar, note, print},
};
use std::{process::ExitCode, time::Duration};

pub fn run(args: &GetArgs) -> Outcome {
    if args.names.is_empty() {
        print(table()?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let patience = Duration::try_from_secs_f64(args.patience).ok().filter(|patience| !patience.is_zero());
    let patience = patience.ok_or_else(|| format!("--patience {}: give a number of seconds above 0, such as 30", args.patience))?;
    if let Some(mirror) = args.mirror.as_deref().filter(|url| !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))) {
        return Err(format!("--mirror {mirror}: give an address that begins with https:// or http://").into());
    }
    // All names before the first byte.
    let sets = args.names.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?;
    for set in sets {
        get(set, args, patience)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn named(name: &str) -> Result<&'static Published, String> {
    let set = PUBLISHED.iter().find(|set| set.name == name || set.names().iter().any(|known| known == name));
    set.ok_or_else(|| {
        let known: Vec<&str> = PUBLISHED.iter().map(|set| set.name).collect();
        let nearest = known.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        format!("no data set is called '{name}'; did you mean '{}'? There are: {}", nearest.unwrap_or(&""), known.join(", "))
    })
}

fn get(set: &Published, args: &GetArgs, patience: Duration) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = set.folder()?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        format!("cannot make the folder {}: {error}; set GANVAS_DATA to a folder that you may write to", folder.display())
    })?;
    let before = set.missing(&folder).len();
    for file in set.files {
        let bar = DownloadBar::new(args.quiet, file.name, file.bytes);
        let mut tell = |told| match told {
            Told::Bytes(here) => bar.show(here),
            Told::Trouble(text) => bar.say(&text),
        };
        download(&set.wanted(file, args.mirror.as_deref()), &folder.join(file.name), patience, &mut tell)?;
    }
    let here = if before == 0 { "was here already, whole, in" } else { "is in" };
    let size = amount(set.bytes() as usize, "B");
    if !args.quiet {
        note(format_args!("{} ({}; licence: {}; {})", set.name, set.help, set.licence, set.home));
        print(format_args!(
            "{} {here} {} ({size}): ganvas --no-window --data {}",
            set.name,
            quoted(&folder),
            set.names().join(", or --data ")
        ))?;
    }
    Ok(())
}

/// All sets: size, whether they are here, licence.
fn table() -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut rows = vec![["name", "size", "here", "licence", ""].map(String::from)];
    for set in &PUBLISHED {
        let missing = set.missing(&set.folder()?).len();
        let here = match missing {
            0 => "yes",
            _ if missing < set.files.len() => "in part",
            _ => "no",
        };
        rows.push([set.name.into(), amount(set.bytes() as usize, "B"), here.into(), set.licence.into(), set.help.into()]);
    }
    let mut text = String::new();
    for row in &rows {
        let cell =
            |column: usize| format!("{:<width$}  ", row[column], width = rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0));
        let line: String = (0..row.len()).map(cell).collect();
        text += line.trim_end();
        text.push('\n');
    }
    text += &format!("They go to {} (GANVAS_DATA moves it). Get one with: ganvas data get NAME\n", data_folder()?.display());
    Ok(text)
}

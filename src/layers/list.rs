//! Layer lists that fit the size of the pictures by themselves. Written out, they are plain lists: of what is written here only the sizes
//! remain that it stands for.
//!
//! - `start` is the size at which a generator begins: that of the pictures, halved until the smaller side has 7 pixels or less, or is odd.
//! - `until SIZE [LAYERS]` repeats its layers until they give pictures of that size: `until start [conv 16* 4 stride 2 pad 1, relu]`.
//! - `16*` channels are 16 for a layer whose output is half as high as the pictures, and twice as many at every halving below.
//! - `whole`, as the size of a kernel, is the height of the layer's input.

use super::{Extent, parse, part_of};

/// Repetitions of `until` after which its layers will never get there.
const MOST: usize = 32;

/// The smaller side of pictures at which a generator may begin.
const SMALLEST: usize = 7;

/// The entries of a list written as one text: commas within brackets belong to an entry.
pub fn split(text: &str) -> Vec<String> {
    let (mut entries, mut depth) = (vec![String::new()], 0usize);
    for character in text.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (character, depth, entries.last_mut()) {
            (',', 0, _) => entries.push(String::new()),
            (_, _, Some(entry)) => entry.push(character),
            _ => {}
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).collect()
}

/// What stands before a bracket, the list within it, and what follows.
fn bracketed(text: &str) -> Result<(&str, Vec<String>, &str), String> {
    let missing = || format!("'{text}' needs a list of layers in brackets, such as [conv 64 3 pad 1, relu]");
    let open = text.find('[').ok_or_else(missing)?;
    let mut depth = 0usize;
    for (at, character) in text[open..].char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inside, rest) = (&text[open + 1..open + at], &text[open + at + 1..]);
            let entries = if inside.trim().is_empty() { Vec::new() } else { split(inside) };
            return Ok((text[..open].trim(), entries, rest.trim()));
        }
    }
    Err(format!("a bracket is open in '{text}'"))
}

/// The layers of `residual [LAYERS] skip [LAYERS]`: of the branch, and of the way past it, which may have none.
pub(super) fn branches(text: &str) -> Result<[Vec<String>; 2], String> {
    let (before, branch, rest) = bracketed(text.trim().strip_prefix("residual").unwrap_or(text))?;
    let (between, skip, behind) = match rest.strip_prefix("skip") {
        Some(skip) => bracketed(skip)?,
        None => ("", Vec::new(), rest),
    };
    match [before, between, behind].into_iter().find(|unknown| !unknown.is_empty()) {
        Some(unknown) => Err(format!("'{unknown}' is not known")),
        None if branch.is_empty() => Err("there are no layers in the brackets".into()),
        None => Ok([branch, skip]),
    }
}

/// The size and the layers of `until SIZE [LAYERS]`, where an entry is that.
fn until(entry: &str, image: Extent) -> Option<Result<(Extent, Vec<String>), String>> {
    let text = entry.trim().strip_prefix("until ")?;
    Some(bracketed(text).and_then(|(size, body, rest)| match rest {
        "" => Ok((part_of(size, image)?, body)),
        rest => Err(format!("'{rest}' is more than 'until' takes")),
    }))
}

/// The size at which a generator of such pictures begins.
pub fn start(image: Extent) -> Extent {
    let Extent { mut height, mut width, channels } = image;
    while height.min(width) > SMALLEST && height.is_multiple_of(2) && width.is_multiple_of(2) {
        (height, width) = (height / 2, width / 2);
    }
    Extent { height, width, channels }
}

/// The list with sizes in the place of what stands for them, for inputs and pictures of these extents, and what it makes of an input.
///
/// # Errors
/// The position of the entry that is wrong, and why.
pub fn resolve(list: &[String], image: Extent, input: Extent) -> Result<(Vec<String>, Extent), (usize, String)> {
    let (mut resolved, mut at) = (Vec::new(), input);
    for (position, entry) in list.iter().enumerate() {
        let (entries, output) = resolve_entry(entry, image, at).map_err(|what| (position, what))?;
        resolved.extend(entries);
        at = output;
    }
    Ok((resolved, at))
}

fn resolve_entry(entry: &str, image: Extent, input: Extent) -> Result<(Vec<String>, Extent), String> {
    let within = |list: &[String], at| resolve(list, image, at).map_err(|(position, what)| format!("'{}': {what}", list[position]));
    if let Some(until) = until(entry, image) {
        let (wanted, body) = until?;
        let (mut all, mut at) = (Vec::new(), input);
        while (at.height, at.width) != (wanted.height, wanted.width) {
            let (entries, output) = within(&body, at)?;
            all.extend(entries);
            // Pictures that go away from the size, or stay as they are, never get there.
            let distance = |extent: Extent| extent.height.abs_diff(wanted.height) + extent.width.abs_diff(wanted.width);
            if distance(output) >= distance(at) || all.len() > MOST * body.len() {
                return Err(format!("its layers make {output} of {at}, and never {} x {}", wanted.height, wanted.width));
            }
            at = output;
        }
        return Ok((all, at));
    }
    let text = match entry.split_whitespace().next() {
        Some("residual") => {
            let [branch, skip] = branches(entry)?.map(|layers| within(&layers, input).map(|(layers, _)| layers.join(", ")));
            match skip? {
                none if none.is_empty() => format!("residual [{}]", branch?),
                skip => format!("residual [{}] skip [{skip}]", branch?),
            }
        }
        _ => plain(entry, image, input)?,
    };
    let output = parse(&text, image)?.output(input)?;
    Ok((vec![text], output))
}

/// A layer that has no others within.
fn plain(entry: &str, image: Extent, input: Extent) -> Result<String, String> {
    let text = entry.split_whitespace().map(|word| if word == "whole" { input.height.to_string() } else { word.into() });
    let text = text.collect::<Vec<String>>().join(" ");
    if !text.split(' ').any(|word| per_halving(word).is_some()) {
        return Ok(text);
    }
    // A size that is asked for, or that of the output, which does not depend on the number of channels.
    let height = match text.split(' ').find_map(|word| part_of(word, image).ok()) {
        Some(size) => size.height,
        None => parse(&text, image)?.output(input)?.height,
    };
    let times = |channels: usize| (channels * image.height / (2 * height)).max(1);
    let word = |word: &str| per_halving(word).map_or_else(|| word.to_owned(), |channels| times(channels).to_string());
    Ok(text.split(' ').map(word).collect::<Vec<String>>().join(" "))
}

/// Looks for what is no layer in an entry, whatever its input.
///
/// # Errors
/// What is wrong with it.
pub fn check(entry: &str, image: Extent) -> Result<(), String> {
    let all = |list: &[String]| list.iter().try_for_each(|entry| check(entry, image).map_err(|what| format!("'{entry}': {what}")));
    match (until(entry, image), entry.split_whitespace().next()) {
        (Some(until), _) => all(&until?.1),
        (None, Some("residual")) => branches(entry)?.iter().try_for_each(|layers| all(layers)),
        _ => parse(entry, image).map(drop),
    }
}

/// The 16 of `16*`.
fn per_halving(word: &str) -> Option<usize> {
    word.strip_suffix('*')?.parse().ok()
}

/// A number of channels, which may be one per halving that is not resolved yet.
pub(super) fn channels(text: &str) -> Result<usize, String> {
    match text.strip_suffix('*').unwrap_or(text).parse() {
        Ok(channels @ 1..=65_536) => Ok(channels),
        _ => {
            Err(format!("'{text}' is not a number of channels from 1 to 65536, such as 64, or 16* to have more where pictures are smaller"))
        }
    }
}

//! What the window writes: the sheet that is shown, and the history as an animation. Both go into the run directory, under names that
//! are not taken yet.

use super::{
    Screen, View,
    screen::Outcome,
    view::{Past, grid},
};
use crate::{disk::write_whole, figure, sheet::write_png, train::Preview};
use image::{
    Delay, DynamicImage, Frame, RgbImage,
    codecs::gif::{GifEncoder, Repeat},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Between images, whatever the theme.
const GAP: [u8; 3] = [56, 56, 56];

/// Pixels per pixel, and time per preview.
const SCALE: u32 = 2;
const FRAME: Duration = Duration::from_millis(150);

/// Writes the sheet that is looked at as a PNG.
pub fn sheet(view: &View, screen: &Screen, ctx: &egui::Context) {
    let Some(info) = &view.info else { return };
    if let Some((shown, _)) = screen.looked_at_figure(view) {
        let path = free(&info.path.join(format!("export-step-{:06}.png", shown.step)));
        let shown = shown.clone();
        let write = move || {
            let picture = figure::draw(&shown).map_err(|error| error.to_string())?;
            write_png(&path, &picture).map(|()| path).map_err(|error| error.to_string())
        };
        return in_background(screen, ctx, write);
    }
    let Some((preview, _)) = screen.looked_at(view) else { return };
    let path = free(&info.path.join(format!("export-step-{:06}.png", preview.step)));
    let preview = preview.clone();
    in_background(screen, ctx, move || write_png(&path, &picture(&preview)).map(|()| path).map_err(|error| error.to_string()));
}

/// Writes all previews of the run as an animated GIF.
pub fn history(view: &View, screen: &Screen, ctx: &egui::Context) {
    let Some(info) = &view.info else { return };
    let path = free(&info.path.join("history.gif"));
    let history = view.history.clone();
    in_background(screen, ctx, move || write_history(&history, &path).map(|()| path));
}

fn in_background(screen: &Screen, ctx: &egui::Context, work: impl FnOnce() -> Result<PathBuf, String> + Send + 'static) {
    let (sender, ctx) = (screen.outcome.clone(), ctx.clone());
    let run = move || {
        let told = match work() {
            Ok(path) => format!("wrote {}", path.display()),
            Err(error) => error,
        };
        // A window that is gone has no use for it.
        let _ = sender.send(Outcome::Told(told));
        ctx.request_repaint();
    };
    if let Err(error) = std::thread::Builder::new().name("export".into()).spawn(run) {
        let _ = screen.outcome.send(Outcome::Told(format!("cannot export: {error}")));
    }
}

fn picture(preview: &Preview) -> DynamicImage {
    let (image, _) = grid(preview, GAP);
    let [width, height] = image.size;
    let pixel = |x: u32, y: u32| {
        let colour = image[((x / SCALE) as usize, (y / SCALE) as usize)];
        image::Rgb([colour.r(), colour.g(), colour.b()])
    };
    RgbImage::from_fn(width as u32 * SCALE, height as u32 * SCALE, pixel).into()
}

fn write_history(history: &[Past], path: &Path) -> Result<(), String> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    let fail = |error: image::ImageError| format!("cannot make {}: {error}", path.display());
    encoder.set_repeat(Repeat::Infinite).map_err(fail)?;
    let mut size = None;
    for past in history {
        let picture = match (&past.preview, &past.path) {
            _ if past.figure.is_some() => match past.figure.as_ref().map(figure::draw) {
                Some(Ok(picture)) => picture,
                _ => continue,
            },
            (Some(preview), _) => picture(preview),
            // One that was removed from disk is left out.
            (None, Some(path)) => match image::open(path) {
                Ok(image) => image,
                Err(_) => continue,
            },
            (None, None) => continue,
        };
        let (width, height) = *size.get_or_insert((picture.width(), picture.height()));
        let picture = picture.resize_exact(width, height, image::imageops::FilterType::Nearest);
        let frame = Frame::from_parts(picture.to_rgba8(), 0, 0, Delay::from_saturating_duration(FRAME));
        encoder.encode_frame(frame).map_err(fail)?;
    }
    drop(encoder);
    write_whole(path, &bytes).map_err(|error| error.to_string())
}

/// `path`, or the same with a number where it exists.
fn free(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = |n: u32| if n == 1 { path.into() } else { path.with_file_name(format!("{stem}-{n}.{extension}")) };
    (1..).map(numbered).find(|path: &PathBuf| !path.exists()).unwrap_or_else(|| path.into())
}

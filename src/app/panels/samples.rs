//! What G makes of the run's fixed latents, beside real images.

use crate::{
    app::{
        Phase, Screen, View, export,
        form::Form,
        loupe::Loupe,
        screen::Beside,
        theme::{Palette, palette},
        view::{grid, one_of},
    },
    train::{Neighbours, Preview, RunInfo, Wish},
};
use egui::{Rect, Vec2};

/// The images that are looked at, beside real ones.
pub fn samples_ui(ui: &mut egui::Ui, view: &View, info: &RunInfo, screen: &mut Screen, wishes: &mut Vec<Wish>) {
    let colours = palette(ui.ctx());
    let each = Vec2::new((ui.available_width() - 16.0) / 2.0, ui.available_height() - ui.spacing().interact_size.y - 12.0);
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            let shown = past_texture(ui, view, screen).or_else(|| {
                let (preview, version) = screen.looked_at(view)?;
                Some((screen.texture(ui.ctx(), "generated", version, || grid(preview, colours.gap).0), Some(preview.clone())))
            });
            let step = screen.past.and_then(|i| view.history.get(i)).map_or(view.step, |past| past.step);
            ui.horizontal(|ui| ui.colored_label(colours.g, format!("Generated, step {step}")));
            match shown {
                Some((texture, preview)) => {
                    let area = image_ui(ui, &texture, each, &mut screen.loupe);
                    if let Some(preview) = preview {
                        hover_ui(ui, area, &preview, (Some(&info.latents), screen.loupe), &colours);
                    }
                }
                None => drop(ui.colored_label(colours.weak, "no images yet")),
            }
        });
        ui.vertical(|ui| {
            beside_choice_ui(ui, view, screen, &colours);
            match screen.remembered.beside {
                Beside::Real => reals_ui(ui, info, screen, each, &colours),
                Beside::Nearest => nearest_ui(ui, view, screen, wishes, each, &colours),
            }
        });
    });
}

/// What stands beside the generated images.
fn beside_choice_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, colours: &Palette) {
    ui.horizontal(|ui| {
        let choices = [
            (Beside::Real, "Real", "Images of the training set"),
            (Beside::Nearest, "Nearest real", "The training image nearest to each generated one: does G make images, or copies?"),
        ];
        for (beside, name, help) in choices {
            let name = egui::RichText::new(name).color(colours.d);
            ui.selectable_value(&mut screen.remembered.beside, beside, name).on_hover_text(help);
        }
        let step = screen.looked_at(view).map(|(preview, _)| preview.step);
        if let (Beside::Nearest, Some(found)) = (screen.remembered.beside, &view.neighbours)
            && step != Some(found.of.step)
        {
            ui.add(egui::Label::new(egui::RichText::new(format!("of step {}", found.of.step)).color(colours.weak)).truncate());
        }
    });
}

fn reals_ui(ui: &mut egui::Ui, info: &RunInfo, screen: &mut Screen, room: Vec2, colours: &Palette) {
    let version = u64::from(screen.remembered.dark) << 32 | info.reals.images.len() as u64;
    let texture = screen.texture(ui.ctx(), "real", version, || grid(&info.reals, colours.gap).0);
    let area = image_ui(ui, &texture, room, &mut screen.loupe);
    hover_ui(ui, area, &info.reals, (None, screen.loupe), colours);
}

/// The nearest training images, asked for anew when the images that are looked at have changed.
fn nearest_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, wishes: &mut Vec<Wish>, room: Vec2, colours: &Palette) {
    let looked_at = screen.looked_at(view).map(|(preview, version)| (preview.clone(), version));
    let Some((preview, version)) = looked_at else {
        let text = if screen.past.is_some() { "not known: of this step there is only a picture on disk" } else { "no images yet" };
        ui.add(egui::Label::new(egui::RichText::new(text).color(colours.weak)).wrap());
        return;
    };
    let under_way = matches!(view.phase, Phase::Running | Phase::Paused | Phase::Finished);
    if under_way && screen.neighbours.due(version, view.neighbours_count) {
        wishes.push(Wish::Neighbours(preview));
    }
    let Some(found) = &view.neighbours else {
        ui.colored_label(colours.weak, if under_way { "searching…" } else { "not known: the run has ended" });
        return;
    };
    let version = u64::from(screen.remembered.dark) << 63 | view.neighbours_count;
    let texture = screen.texture(ui.ctx(), "nearest", version, || grid(&found.images, colours.gap).0);
    let area = image_ui(ui, &texture, room, &mut screen.loupe);
    pair_ui(ui, area, found, screen.loupe, colours);
}

/// The generated image and the training image nearest to it, side by side.
fn pair_ui(ui: &egui::Ui, area: egui::Response, found: &Neighbours, loupe: Loupe, colours: &Palette) {
    let Some(index) = pointed_at(&area, loupe, &found.of) else { return };
    let (distance, which) = (found.distances[index], found.indices[index]);
    let [_, _, height, width] = found.of.shape;
    let ctx = ui.ctx().clone();
    area.on_hover_ui_at_pointer(|ui| {
        let scale = (160.0 / width.max(height) as f32).max(1.0);
        let size = Vec2::new(width as f32, height as f32) * scale;
        let sides = [("hovered", &found.of, colours.g, "generated"), ("hovered real", &found.images, colours.d, "nearest training image")];
        ui.horizontal(|ui| {
            for (name, images, colour, text) in sides {
                ui.vertical(|ui| {
                    let texture = ctx.load_texture(name, grid(&one_of(images, index), colours.gap).0, egui::TextureOptions::NEAREST);
                    ui.add(egui::Image::new(&texture).fit_to_exact_size(size));
                    ui.colored_label(colour, text);
                });
            }
        });
        ui.label(format!("training image {which}, L2 distance {distance:.2} (pixels from 0 to 1); a copy would be at 0"));
    });
}

/// The part of a texture under the loupe, as large as fits, pixels sharp.
pub fn image_ui(ui: &mut egui::Ui, texture: &egui::TextureHandle, room: Vec2, loupe: &mut Loupe) -> egui::Response {
    let size = texture.size_vec2();
    let scale = (room.x / size.x).min(room.y / size.y).max(0.1);
    // Whole multiples keep all pixels of one size; below that, any size that fits.
    let whole = (scale * ui.ctx().pixels_per_point()).floor() / ui.ctx().pixels_per_point();
    let scale = if whole > 0.8 * scale { whole } else { scale };
    let image = egui::Image::new(texture).uv(loupe.part()).fit_to_exact_size(size * scale);
    let area = ui.add(image.sense(egui::Sense::click_and_drag()));
    loupe.follow(ui, &area);
    area
}

/// The index of the image under the pointer.
fn pointed_at(area: &egui::Response, loupe: Loupe, preview: &Preview) -> Option<usize> {
    let count = preview.shape[0];
    let columns = (count as f64).sqrt().ceil().max(1.0) as usize;
    let rows = count.div_ceil(columns);
    let place = loupe.place(area.rect, area.hover_pos()?);
    let cell = |share: f32, cells: usize| ((share * cells as f32) as usize).min(cells.saturating_sub(1));
    let index = cell(place.y, rows) * columns + cell(place.x, columns);
    (index < count).then_some(index)
}

/// The image under the pointer, enlarged, with D's verdict and its latent.
fn hover_ui(ui: &egui::Ui, area: egui::Response, preview: &Preview, (latents, loupe): (Option<&[f32]>, Loupe), colours: &Palette) {
    let Some(index) = pointed_at(&area, loupe, preview) else { return };
    let [count, _, height, width] = preview.shape;
    let single = one_of(preview, index);
    let name = if latents.is_some() { "hovered" } else { "hovered real" };
    let ctx = ui.ctx().clone();
    area.on_hover_ui_at_pointer(|ui| {
        let texture = ctx.load_texture(name, grid(&single, colours.gap).0, egui::TextureOptions::NEAREST);
        let scale = (224.0 / width.max(height) as f32).max(1.0);
        ui.add(egui::Image::new(&texture).fit_to_exact_size(Vec2::new(width as f32, height as f32) * scale));
        if let Some(verdict) = single.verdicts.first() {
            ui.label(format!("D holds this for real with {:.1} %", verdict * 100.0));
        }
        if let Some(latents) = latents {
            let latent = latents.len() / count.max(1);
            ui.label(format!("its latent, {latent} values"));
            latent_ui(ui, &latents[index * latent..(index + 1) * latent], 224.0, colours);
        }
    });
}

/// A latent as a strip: orange above zero, blue below.
pub fn latent_ui(ui: &mut egui::Ui, latent: &[f32], width: f32, colours: &Palette) {
    let (area, _) = ui.allocate_exact_size(Vec2::new(width, 14.0), egui::Sense::hover());
    let each = area.width() / latent.len().max(1) as f32;
    for (i, value) in latent.iter().enumerate() {
        let strength = (value.abs() / 2.0).min(1.0);
        let colour = if *value > 0.0 { colours.g } else { colours.d };
        let bar = Rect::from_min_size(area.min + Vec2::new(i as f32 * each, 0.0), Vec2::new(each, area.height()));
        ui.painter().rect_filled(bar, 0.0, colour.gamma_multiply(strength));
    }
}

/// The slider over earlier previews, and what can be exported.
pub fn history_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen) {
    ui.horizontal_wrapped(|ui| {
        let last = view.history.len();
        let mut at = screen.past.unwrap_or(last).min(last);
        let text = |n: f64, _: std::ops::RangeInclusive<usize>| {
            view.history.get(n as usize).map_or("now".to_owned(), |past| format!("step {}", past.step))
        };
        let label = ui.label("History");
        // Where there is little room, the exports go into a menu.
        let narrow = ui.available_width() < 430.0;
        ui.spacing_mut().slider_width = (ui.available_width() - if narrow { 200.0 } else { 350.0 }).max(60.0);
        let slider = egui::Slider::new(&mut at, 0..=last).custom_formatter(text).show_value(true);
        if ui.add_enabled(last > 0, slider).labelled_by(label.id).on_hover_text("Earlier previews of this run").changed() {
            screen.past = (at < last).then_some(at);
        }
        if screen.past.is_some() && ui.button("Now").clicked() {
            screen.past = None;
        }
        if narrow {
            ui.menu_button("Export", |ui| exports_ui(ui, view, screen));
        } else {
            exports_ui(ui, view, screen);
        }
    });
}

fn exports_ui(ui: &mut egui::Ui, view: &View, screen: &Screen) {
    if ui.button("Export sheet").on_hover_text("What is shown, as a PNG in the run directory").clicked() {
        export::sheet(view, screen, ui.ctx());
    }
    let history = ui.add_enabled(view.history.len() > 1, egui::Button::new("Export history"));
    if history.on_hover_text("All previews as an animated GIF in the run directory").clicked() {
        export::history(view, screen, ui.ctx());
    }
}

/// A preview of the past that is only on disk any more, as its sheet.
pub fn past_texture(ui: &egui::Ui, view: &View, screen: &mut Screen) -> Option<(egui::TextureHandle, Option<Preview>)> {
    let past = view.history.get(screen.past?)?;
    if past.preview.is_some() || past.figure.is_some() {
        return None;
    }
    let image = screen.loaded.as_ref().filter(|(step, _)| *step == past.step)?.1.clone();
    let version = 1 << 62 | u64::from(past.step);
    Some((screen.texture(ui.ctx(), "generated", version, || image), None))
}

/// Reads the sheet that is looked at from disk, once.
pub fn load_past(view: &View, screen: &mut Screen) {
    let Some(past) = screen.past.and_then(|i| view.history.get(i)) else { return };
    let known = screen.loaded.as_ref().is_some_and(|(step, _)| *step == past.step);
    if let (None, None, false, Some(path)) = (&past.preview, &past.figure, known, &past.path) {
        let image = match image::open(path) {
            Ok(image) => {
                let image = image.to_rgba8();
                let size = [image.width() as usize, image.height() as usize];
                egui::ColorImage::from_rgba_unmultiplied(size, image.as_raw())
            }
            // The sheet was removed or cannot be read: an empty picture says as much.
            Err(_) => egui::ColorImage::filled([1, 1], egui::Color32::TRANSPARENT),
        };
        screen.loaded = Some((past.step, image));
    }
}

/// A run that did not start or was stopped: why, and the way on.
pub fn trouble_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, reason: &str, colours: &Palette) {
    let title = match view.phase {
        Phase::Refused(_) => "This run cannot start",
        _ => "Training stopped",
    };
    egui::Frame::group(ui.style()).stroke(egui::Stroke::new(1.0, colours.bad)).inner_margin(12.0).show(ui, |ui| {
        ui.colored_label(colours.bad, egui::RichText::new(title).heading());
        ui.add(egui::Label::new(reason).wrap());
        ui.horizontal(|ui| {
            if ui.button("New run…").clicked() {
                screen.form = Some(Form::new(view));
            }
            if ui.button("Copy this text").clicked() {
                ui.ctx().copy_text(reason.to_owned());
            }
        });
    });
}

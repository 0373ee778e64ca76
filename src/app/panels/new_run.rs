//! The form of a new run, with each error beside its field.

use super::choose_images;
use crate::{
    app::{
        Screen, View,
        form::{Form, Text},
        theme::{Palette, palette},
    },
    config::{OptimizerKind, PRESETS, names::Named as _},
    data::{DISTRIBUTIONS, Distribution},
    models::LOSSES,
    ops::augment::AUGMENTS,
    train::Wish,
};

/// Fields that are a line of text: name on screen, key of the configuration, where it is in the form, and the names that fit there.
type Line = (&'static str, &'static str, fn(&mut Text) -> &mut String, fn() -> Vec<&'static str>);

const LINES: [Line; 12] = [
    ("size in pixels (empty: as it is)", "size", |t| &mut t.size, Vec::new),
    ("channels, 1 or 3 (empty: as they are)", "channels", |t| &mut t.channels, Vec::new),
    ("values per latent", "latent", |t| &mut t.latent, Vec::new),
    ("batch size", "batch", |t| &mut t.batch, Vec::new),
    ("steps", "steps", |t| &mut t.steps, Vec::new),
    ("learning rate G", "lr_g", |t| &mut t.lr_g, Vec::new),
    ("learning rate D", "lr_d", |t| &mut t.lr_d, Vec::new),
    ("R1 penalty (0: none)", "r1", |t| &mut t.r1, Vec::new),
    ("D updates per step", "k", |t| &mut t.k, Vec::new),
    ("average of weights (0: none)", "ema", |t| &mut t.ema, Vec::new),
    ("seed", "seed", |t| &mut t.seed, Vec::new),
    ("optimizer", "optimizer", |t| &mut t.optimizer, <&'static OptimizerKind>::known),
];

pub fn new_run_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, wishes: &mut Vec<Wish>) {
    let Some(mut form) = screen.form.take() else { return };
    let colours = palette(ui.ctx());
    let mut open = true;
    let mut started = false;
    super::dialog(ui, "New run").open(&mut open).default_width(640.0).show(ui.ctx(), |ui| {
        egui::ScrollArea::vertical().max_height(ui.ctx().content_rect().height() - 140.0).show(ui, |ui| {
            source_ui(ui, view, screen, &mut form, &colours);
            ui.separator();
            ui.columns(2, |columns| {
                layers_ui(&mut columns[0], "Generator", "generator", &mut form, &colours);
                layers_ui(&mut columns[1], "Discriminator", "discriminator", &mut form, &colours);
            });
            ui.separator();
            lines_ui(ui, &mut form, &colours);
        });
        ui.separator();
        ui.horizontal(|ui| {
            let checked = form.check();
            if ui.add_enabled(checked.is_some(), egui::Button::new("Start")).clicked()
                && let Some(config) = checked
            {
                wishes.push(Wish::New(Box::new(config)));
                started = true;
            }
            let others = form.errors.iter().filter(|(key, _)| *key == "other").map(|(_, text)| text.as_str());
            ui.colored_label(colours.bad, others.collect::<Vec<_>>().join("; "));
            if view.info.is_some() {
                ui.colored_label(colours.weak, "the run at hand is saved first");
            }
        });
    });
    if open && !started {
        screen.form = Some(form);
    }
}

fn source_ui(ui: &mut egui::Ui, view: &View, screen: &Screen, form: &mut Form, colours: &Palette) {
    // Outside the grid, whose cells do not wrap.
    ui.horizontal_wrapped(|ui| {
        ui.label("start from");
        for preset in &PRESETS {
            if ui.selectable_label(form.text.preset == preset.name, preset.name).on_hover_text(preset.help).clicked() {
                form.use_preset(preset.name);
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.label("loss");
        for loss in &LOSSES {
            ui.selectable_value(&mut form.text.loss, loss.name.to_owned(), loss.label).on_hover_text(loss.help);
        }
    });
    augments_ui(ui, form, colours);
    egui::Grid::new("source").num_columns(3).show(ui, |ui| {
        let label = ui.label("data");
        let typed = ui.add(egui::TextEdit::singleline(&mut form.text.data).desired_width(320.0)).labelled_by(label.id);
        if typed.changed() {
            form.follow_data();
        }
        ui.horizontal(|ui| {
            if ui.button("Choose…").on_hover_text("A folder of images").clicked() {
                choose_images(screen, ui.ctx());
            }
            if ui.button("Built-in").on_hover_text("Handwriting-like digits, drawn by ganvas itself").clicked() {
                form.use_data("builtin".into());
            }
            distributions_ui(ui, form);
        });
        ui.end_row();
        error_row(ui, form, "data", colours);
        let label = ui.label("device");
        let choice = egui::ComboBox::from_id_salt("device").selected_text(form.text.device.clone()).width(320.0).show_ui(ui, |ui| {
            for name in ["auto", "cpu"].into_iter().chain(view.devices.iter().map(String::as_str)) {
                if !name.starts_with("CPU") {
                    ui.selectable_value(&mut form.text.device, name.to_owned(), name);
                }
            }
        });
        choice.response.labelled_by(label.id);
        ui.end_row();
        error_row(ui, form, "loss", colours);
    });
}

/// What is done to images before D sees them.
fn augments_ui(ui: &mut egui::Ui, form: &mut Form, colours: &Palette) {
    ui.horizontal_wrapped(|ui| {
        ui.label("augment").on_hover_text("Done to all images, real and generated, before D sees them");
        for row in &AUGMENTS {
            if ui.selectable_label(form.text.augment.has(row), row.name).on_hover_text(row.help).clicked() {
                form.text.augment = form.text.augment.toggled(row);
            }
        }
        ui.toggle_value(&mut form.text.ada, "ADA").on_hover_text("Each of these as often as D overfits, in place of always");
        ui.separator();
        ui.toggle_value(&mut form.text.flip, "mirrored").on_hover_text("Half of the real images, left to right");
    });
    for key in ["augment", "ada", "flip"] {
        if let Some(error) = form.error(key) {
            ui.colored_label(colours.bad, error);
        }
    }
}

/// Points of known distributions, with the preset that suits them.
fn distributions_ui(ui: &mut egui::Ui, form: &mut Form) {
    let label = ui.label("points");
    let chosen = Distribution::named(form.text.data.trim()).map_or("choose…", |known| known.name);
    let choice = egui::ComboBox::from_id_salt("points").selected_text(chosen).show_ui(ui, |ui| {
        for known in &DISTRIBUTIONS {
            if ui.selectable_label(form.text.data == known.name, known.name).on_hover_text(known.help).clicked() {
                form.use_data(known.name.into());
            }
        }
    });
    choice.response.labelled_by(label.id).on_hover_text("Of a known distribution, in place of images");
}

fn layers_ui(ui: &mut egui::Ui, title: &str, key: &str, form: &mut Form, colours: &Palette) {
    let colour = if key == "generator" { colours.g } else { colours.d };
    let label = ui.colored_label(colour, format!("{title}, a layer per line"));
    let text = if key == "generator" { &mut form.text.generator } else { &mut form.text.discriminator };
    ui.add(egui::TextEdit::multiline(text).code_editor().desired_rows(7).desired_width(f32::INFINITY)).labelled_by(label.id);
    if let Some(error) = form.error(key) {
        ui.colored_label(colours.bad, error);
    }
}

fn lines_ui(ui: &mut egui::Ui, form: &mut Form, colours: &Palette) {
    let points = Distribution::named(form.text.data.trim()).is_some();
    egui::Grid::new("lines").num_columns(4).spacing([12.0, 6.0]).show(ui, |ui| {
        for (i, (name, key, field, names)) in LINES.into_iter().enumerate() {
            let names = names().join(", ");
            let label = ui.label(if names.is_empty() { name.into() } else { format!("{name}: {names}") });
            ui.vertical(|ui| {
                let enabled = !(points && matches!(key, "size" | "channels"));
                let edit = |ui: &mut egui::Ui| ui.add_sized([110.0, 22.0], egui::TextEdit::singleline(field(&mut form.text)));
                ui.add_enabled_ui(enabled, edit).inner.labelled_by(label.id).on_disabled_hover_text("Points have none");
                if let Some(error) = form.error(key) {
                    ui.colored_label(colours.bad, error);
                }
            });
            if i % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn error_row(ui: &mut egui::Ui, form: &Form, key: &str, colours: &Palette) {
    if let Some(error) = form.error(key) {
        ui.label("");
        ui.colored_label(colours.bad, error);
        ui.end_row();
    }
}

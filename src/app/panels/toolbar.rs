//! Along the top: what this is, what it is doing, and how it looks.

use crate::{
    app::{
        Phase, Screen, View,
        form::Form,
        panels,
        theme::{dot, palette},
    },
    train::Wish,
};

pub fn toolbar_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, _wishes: &mut Vec<Wish>) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let colours = palette(ui.ctx());
        ui.heading("Ganvas");
        let (text, colour) = match &view.phase {
            Phase::Preparing => ("preparing", colours.watch),
            Phase::Running => ("training", colours.good),
            Phase::Paused => ("paused", colours.watch),
            Phase::Finished => ("finished", colours.good),
            Phase::Refused(_) => ("not started", colours.bad),
            Phase::Failed(_) => ("stopped", colours.bad),
        };
        dot(ui, colour);
        ui.colored_label(colour, text);
        if let Some(info) = &view.info {
            let name = info.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            ui.label(name).on_hover_text(info.path.display().to_string());
        }
        if let Some((text, _)) = &view.notice {
            ui.add(egui::Label::new(egui::RichText::new(text).color(colours.weak)).truncate());
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Help").on_hover_text("Shortcuts and what is shown (H)").clicked() {
                screen.help ^= true;
            }
            let theme = if screen.remembered.dark { "Light" } else { "Dark" };
            if ui.button(theme).on_hover_text("Light or dark theme (T)").clicked() {
                screen.remembered.dark ^= true;
            }
            ui.toggle_value(&mut screen.remembered.pad, "Latents").on_hover_text("Latent pad (L)");
            ui.toggle_value(&mut screen.remembered.curves, "Curves").on_hover_text("Curves (C)");
            ui.separator();
            if ui.button("Open run…").on_hover_text("A run directory; or drop one on the window (O)").clicked() {
                panels::choose_run(screen, ui.ctx());
            }
            if ui.button("New run…").on_hover_text("Network, data and device of a new run (N)").clicked() {
                screen.form = Some(Form::new(view));
            }
        });
    });
    ui.add_space(4.0);
}

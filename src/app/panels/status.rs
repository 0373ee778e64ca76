//! Along the bottom: device, speed, memory, and where things are.

use crate::{
    app::{Phase, Screen, View, theme::palette},
    data,
    train::Wish,
};

pub fn status_ui(ui: &mut egui::Ui, view: &View, _screen: &mut Screen, _wishes: &mut Vec<Wish>) {
    let weak = palette(ui.ctx()).weak;
    ui.horizontal(|ui| {
        let Some(info) = &view.info else {
            ui.colored_label(weak, view.preparing.last().map_or("starting", |(topic, _)| topic));
            return;
        };
        ui.label(&info.device);
        ui.separator();
        let (batch, speed) = (info.config.batch as f64, view.speed);
        if view.phase == Phase::Running && speed > 0.0 {
            ui.label(format!("{speed:.0} steps/s"));
            ui.label(format!("{:.0} {}/s", speed * batch * f64::from(info.config.k), data::items(&info.config.data)));
            ui.label(format!("{:.2} ms/step", 1000.0 / speed));
        } else {
            ui.colored_label(weak, "not training");
        }
        ui.separator();
        ui.label(format!("{:.0} MB", info.memory_bytes as f64 / 1e6)).on_hover_text("Device memory in use by Ganvas");
        ui.separator();
        let saved = match view.saved {
            _ if !view.unsaved() => "all saved".to_owned(),
            Some(step) => format!("saved up to step {step}"),
            None => "nothing saved yet".to_owned(),
        };
        ui.label(saved);
        ui.separator();
        ui.add(egui::Label::new(egui::RichText::new(info.path.display().to_string()).color(weak)).truncate());
    });
}

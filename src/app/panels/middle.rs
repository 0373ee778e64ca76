//! In the middle: what the run gives, or what went wrong.

use super::{
    figure::figure_ui,
    samples::{history_ui, load_past, samples_ui, trouble_ui},
};
use crate::{
    app::{Phase, Screen, View, theme::palette},
    train::Wish,
};

pub fn middle_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, wishes: &mut Vec<Wish>) {
    let colours = palette(ui.ctx());
    if let Phase::Refused(reason) | Phase::Failed(reason) = &view.phase {
        trouble_ui(ui, view, screen, reason, &colours);
        if view.preview.is_none() && view.figure.is_none() {
            return;
        }
    }
    load_past(view, screen);
    let Some(info) = &view.info else {
        ui.centered_and_justified(|ui| ui.colored_label(colours.weak, "Preparing…"));
        return;
    };
    history_ui(ui, view, screen);
    ui.add_space(4.0);
    match info.reals.points.is_empty() {
        true => samples_ui(ui, view, info, screen, wishes),
        false => figure_ui(ui, view, screen),
    }
}

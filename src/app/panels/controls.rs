//! On the left: steer the run.

use crate::{
    app::{Phase, Screen, View, panels, theme},
    data,
    models::{LOSSES, Schedule},
    train::{Command, RunInfo, Single, Wish},
};

pub fn controls_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, wishes: &mut Vec<Wish>) {
    ui.add_space(6.0);
    let Some(info) = &view.info else {
        for (topic, text) in &view.preparing {
            ui.strong(*topic);
            ui.label(text);
        }
        if view.phase == Phase::Preparing {
            ui.spinner();
        }
        return;
    };
    run_ui(ui, view, info, wishes);
    ui.add_space(theme::GROUP_GAP);
    settings_ui(ui, info, screen, wishes, can_change(view));
    ui.add_space(theme::GROUP_GAP);
    networks_ui(ui, info);
}

fn can_change(view: &View) -> bool {
    matches!(view.phase, Phase::Running | Phase::Paused)
}

fn run_ui(ui: &mut egui::Ui, view: &View, info: &RunInfo, wishes: &mut Vec<Wish>) {
    let total = info.config.steps;
    ui.strong("Run");
    let share = view.step as f32 / total.max(1) as f32;
    ui.add(egui::ProgressBar::new(share).text(format!("step {} of {total}", view.step)));
    let main = match view.phase {
        Phase::Running => Some(("Pause".to_owned(), Command::Pause)),
        Phase::Paused => Some(("Run".to_owned(), Command::Run)),
        Phase::Finished => {
            let more = total.saturating_add(total.clamp(1, 2000));
            Some((format!("Go on to step {more}"), Command::Steps(more)))
        }
        _ => None,
    };
    if let Some((text, command)) = main
        && ui.add_sized([ui.available_width(), 28.0], egui::Button::new(text)).on_hover_text("Space").clicked()
    {
        wishes.push(Wish::Command(command));
    }
    ui.add_enabled_ui(panels::can_step(view), |ui| {
        ui.columns(3, |columns| {
            let singles = [
                ("D", Single::D, "One update of the discriminator, then pause (D)"),
                ("G", Single::G, "One update of the generator, then pause (G)"),
                ("D + G", Single::Both, "One whole step, then pause (S)"),
            ];
            for (ui, (name, single, help)) in columns.iter_mut().zip(singles) {
                let width = ui.available_width();
                if ui.add_sized([width, 24.0], egui::Button::new(name)).on_hover_text(help).clicked() {
                    wishes.push(Wish::Command(Command::Update(single)));
                }
            }
        });
    });
    ui.columns(2, |columns| {
        let width = columns[0].available_width();
        let can_save = view.unsaved() && can_change(view);
        let save = columns[0].add_enabled_ui(can_save, |ui| ui.add_sized([width, 24.0], egui::Button::new("Save now"))).inner;
        if save.on_hover_text("Write a checkpoint (Ctrl+S)").clicked() {
            wishes.push(Wish::Command(Command::Save));
        }
        let again = columns[1].add_sized([width, 24.0], egui::Button::new("New seed"));
        if again.on_hover_text("A new run like this one with the next seed (R); this one is saved").clicked() {
            panels::restart(view, wishes);
        }
    });
}

fn settings_ui(ui: &mut egui::Ui, info: &RunInfo, screen: &mut Screen, wishes: &mut Vec<Wish>, enabled: bool) {
    let config = &info.config;
    ui.strong("Settings, from the next step on");
    ui.add_enabled_ui(enabled, |ui| {
        let (mut d, mut g) = screen.rates.unwrap_or((config.lr_d, config.lr_g));
        let mut settled = false;
        egui::Grid::new("settings").num_columns(2).show(ui, |ui| {
            for (name, rate) in [("learning rate G", &mut g), ("learning rate D", &mut d)] {
                let label = ui.label(name);
                let speed = *rate * 0.01;
                let drag = egui::DragValue::new(rate).speed(speed).range(1e-7..=10.0).custom_formatter(|v, _| format!("{v:.2e}"));
                let response = ui.add(drag).labelled_by(label.id);
                // While it is dragged or typed in, every value in between would be a change of the run.
                let elsewhere = response.changed() && !response.dragged() && !response.has_focus();
                settled |= response.drag_stopped() || response.lost_focus() || elsewhere;
                ui.end_row();
            }
            let label = ui.label("D updates per step");
            let mut k = config.k;
            let drag = egui::DragValue::new(&mut k).range(1..=50).speed(0.05);
            let together = config.schedule == Schedule::Simultaneous;
            let response = ui.add_enabled(!together, drag).labelled_by(label.id);
            let response = response.on_disabled_hover_text("One: under the simultaneous schedule both players move at once");
            if response.changed() && k != config.k {
                wishes.push(Wish::Command(Command::K(k)));
            }
            ui.end_row();
            let label = ui.label("loss");
            let choice = egui::ComboBox::from_id_salt("loss").selected_text(config.loss.label).show_ui(ui, |ui| {
                for loss in &LOSSES {
                    let label = ui.selectable_label(config.loss == loss, loss.label).on_hover_text(loss.help);
                    if label.clicked() && config.loss != loss {
                        wishes.push(Wish::Command(Command::Loss(loss)));
                    }
                }
            });
            choice.response.labelled_by(label.id);
            ui.end_row();
        });
        let changed = (d, g) != (config.lr_d, config.lr_g);
        screen.rates = changed.then_some((d, g));
        if settled && changed {
            wishes.push(Wish::Command(Command::Rates { d, g }));
            screen.rates = None;
        }
    });
}

/// `921`, `33.7 k`, `0.55 M`
fn short(count: usize) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..100_000 => format!("{:.1} k", count as f64 / 1e3),
        _ => format!("{:.2} M", count as f64 / 1e6),
    }
}

fn networks_ui(ui: &mut egui::Ui, info: &RunInfo) {
    let colours = theme::palette(ui.ctx());
    let config = &info.config;
    let (g, d) = info.parameters;
    for (name, colour, layers, count) in
        [("Generator", colours.g, &config.generator, g), ("Discriminator", colours.d, &config.discriminator, d)]
    {
        ui.colored_label(colour, format!("{name}, {} parameters", short(count)));
        ui.label(egui::RichText::new(layers.join("\n")).monospace().color(colours.weak));
        ui.add_space(4.0);
    }
    let (name, count) = &info.data;
    ui.strong("Data");
    ui.label(format!("{name}, {count} {}, batch {}", data::items(&config.data), config.batch));
    let terms =
        [("R1", config.r1), ("R2", config.r2), ("gradient penalty", config.gradient_penalty), ("weights within", config.weight_clip)];
    let penalty: String = terms.iter().filter(|(_, weight)| *weight > 0.0).map(|(name, weight)| format!("{name} {weight}, ")).collect();
    let average = if config.ema > 0.0 { "averaged weights" } else { "last weights" };
    let schedule = if config.schedule == Schedule::Simultaneous { "simultaneous updates, " } else { "" };
    ui.label(format!("{}, {schedule}{penalty}{average}, seed {}", config.optimizer.name, config.seed));
    if let Some(augmentation) = config.augmentation() {
        ui.label(augmentation);
    }
}

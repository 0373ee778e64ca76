//! The curves, with the lines of equilibrium, and what they look like in plain words.

use crate::{
    app::{
        Phase, Screen, View,
        screen::Axis,
        theme::{dot, palette},
    },
    train::{Metrics, Wish, diagnosis::State},
};
use egui::Color32;
use egui_plot::{AxisHints, GridInput, GridMark, HLine, Line, LineStyle, Plot, PlotPoints};
use std::f64::consts::LN_2;

/// A curve: name, colour, value.
type Curve = (&'static str, Color32, fn(&Metrics) -> Option<f32>);

/// A line of equilibrium: what it is, where.
type Target = (&'static str, f64);

/// More points than a plot has pixels help nobody.
const MOST_POINTS: usize = 2000;

pub fn curves_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, _wishes: &mut Vec<Wish>) {
    let colours = palette(ui.ctx());
    let diagnosis = view.diagnosis();
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remembered = &mut screen.remembered;
            for (axis, name) in [(Axis::Seconds, "time"), (Axis::Steps, "steps")] {
                ui.selectable_value(&mut remembered.axis, axis, name).on_hover_text("Horizontal axis");
            }
            ui.spacing_mut().slider_width = 90.0;
            let label = ui.label("smoothing");
            ui.add(egui::Slider::new(&mut remembered.smoothing, 0.0..=0.98).show_value(false)).labelled_by(label.id);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let colour = match diagnosis.state {
                    state if state.is_trouble() => colours.watch,
                    State::Starting => colours.weak,
                    _ => colours.good,
                };
                dot(ui, colour);
                ui.add(egui::Label::new(&diagnosis.sentence).wrap());
            });
        });
    });
    if view.metrics.is_empty() {
        let text = match view.phase {
            Phase::Refused(_) | Phase::Failed(_) => "There are no curves: the run ended before its first line of metrics.",
            _ => "The curves begin with the first line of metrics.",
        };
        ui.centered_and_justified(|ui| ui.colored_label(colours.weak, text));
        return;
    }
    let (g, d) = (colours.g, colours.d);
    let scale = view.info.as_ref().map_or(1.0, |info| info.config.loss_d_scale);
    let goal_of_d = if scale == 1.0 { "D at equilibrium: 2 ln 2 = 1.386" } else { "D at equilibrium: 2 ln 2 times loss_d_scale" };
    let plots: [(&str, &[Curve], &[Target]); 4] = [
        (
            "Loss",
            &[("D", d, |m| Some(m.loss_d)), ("G", g, |m| Some(m.loss_g))],
            &[(goal_of_d, 2.0 * LN_2 * scale), ("G at equilibrium: ln 2 = 0.693", LN_2)],
        ),
        ("What D believes", &[("D(x)", d, |m| Some(m.d_real)), ("D(G(z))", g, |m| Some(m.d_fake))], &[("at equilibrium: 0.5", 0.5)]),
        ("Gradient norm", &[("D", d, |m| Some(m.grad_norm_d)), ("G", g, |m| Some(m.grad_norm_g))], &[]),
        ("Diversity", &[("G(z)", g, |m| m.diversity)], &[("as far from each other as real ones: 1", 1.0)]),
    ];
    let axis = screen.remembered.axis;
    let smoothing = f64::from(screen.remembered.smoothing);
    let thinned = thin(&view.metrics);
    // The last mark of an axis reaches beyond it.
    let room = ui.available_size() - egui::vec2(10.0, 0.0);
    let each = |ui: &mut egui::Ui| {
        ui.columns(plots.len(), |columns| {
            for (ui, (title, curves, targets)) in columns.iter_mut().zip(plots) {
                title_ui(ui, title, curves, targets, colours.equilibrium);
                let x = AxisHints::new_x().label_spacing(24.0..=32.0).formatter(|mark, _| short(mark.value));
                let mut plot = Plot::new(title)
                    .allow_scroll(false)
                    .x_grid_spacer(few_marks)
                    .custom_x_axes(vec![x])
                    .y_axis_min_width(32.0)
                    .height(ui.available_height());
                if matches!(title, "What D believes" | "Diversity") {
                    plot = plot.include_y(0.0).include_y(1.0);
                }
                plot.show(ui, |plot| {
                    for (name, y) in targets {
                        plot.hline(HLine::new(*name, *y).color(colours.equilibrium).style(LineStyle::dashed_loose()).width(1.0));
                    }
                    for (name, colour, value) in curves {
                        plot.line(Line::new(*name, points(&thinned, axis, smoothing, *value)).color(*colour).width(1.6));
                    }
                });
            }
        });
    };
    ui.allocate_ui(room, each);
}

/// The plot's title with its curves' colours: a legend inside would cover them.
fn title_ui(ui: &mut egui::Ui, title: &str, curves: &[Curve], targets: &[Target], equilibrium: Color32) {
    ui.horizontal(|ui| {
        ui.strong(title);
        for (name, colour, _) in curves {
            ui.colored_label(*colour, egui::RichText::new(*name).small());
        }
        if !targets.is_empty() && ui.available_width() > 50.0 {
            let names: Vec<&str> = targets.iter().map(|(name, _)| *name).collect();
            ui.colored_label(equilibrium, egui::RichText::new("- - goal").small()).on_hover_text(names.join("\n"));
        }
    });
}

/// Three to six marks at round numbers, however short the axis is.
fn few_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let wanted = ((high - low) / 3.0).max(f64::MIN_POSITIVE);
    let ten = 10f64.powf(wanted.log10().floor());
    let step_size = [5.0, 2.0, 1.0].into_iter().map(|n| n * ten).find(|step| *step <= wanted).unwrap_or(ten);
    let first = (low / step_size).ceil();
    (0..8).map(|i| GridMark { value: (first + f64::from(i)) * step_size, step_size }).take_while(|mark| mark.value <= high).collect()
}

/// `250`, `0.5`, `20k`
fn short(value: f64) -> String {
    if value.abs() >= 10_000.0 { format!("{}k", (value / 100.0).round() / 10.0) } else { format!("{}", (value * 1000.0).round() / 1000.0) }
}

/// Every n-th line of metrics, the last one always.
fn thin(metrics: &[Metrics]) -> Vec<&Metrics> {
    let every = metrics.len().div_ceil(MOST_POINTS).max(1);
    metrics.iter().rev().step_by(every).rev().collect()
}

/// Points of a curve after exponential smoothing, corrected for its start.
fn points(metrics: &[&Metrics], axis: Axis, smoothing: f64, value: fn(&Metrics) -> Option<f32>) -> PlotPoints<'static> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let point = |m: &&Metrics| {
        sum = smoothing * sum + (1.0 - smoothing) * f64::from(value(m)?);
        weight = smoothing * weight + (1.0 - smoothing);
        let x = match axis {
            Axis::Steps => f64::from(m.step),
            Axis::Seconds => m.seconds,
        };
        Some([x, sum / weight])
    };
    metrics.iter().filter_map(point).collect::<Vec<_>>().into()
}

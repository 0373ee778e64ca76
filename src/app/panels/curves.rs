//! The curves, with the lines of equilibrium, and what they look like in plain words.

use crate::{
    app::{
        Phase, Screen, View,
        screen::Axis,
        theme::{dot, palette},
    },
    train::{Column, Metrics, Plot, Wish, diagnosis::State},
};
use egui::Color32;
use egui_plot::{AxisHints, GridInput, GridMark, HLine, Line, LineStyle, PlotPoints};

/// A curve: its name, its colour, and the column that it shows; the diversity has none.
type Curve = (&'static str, Color32, Option<&'static str>);

/// A line of equilibrium: what it is, where.
type Target = (String, f64);

/// A plot: title, curves, lines of equilibrium.
type Drawn = (&'static str, Vec<Curve>, Vec<Target>);

/// Title of the collapse meter's plot, which is of images and no column of a model.
const DIVERSITY: &str = "Diversity";

/// The plots of what the model declares, and the collapse meter.
fn plots(columns: &[Column], colours: [Color32; 2]) -> Vec<Drawn> {
    let of = |plot: Plot| {
        let (mut curves, mut targets) = (Vec::new(), Vec::<Target>::new());
        for column in columns {
            let Some((_, name)) = column.plot.filter(|(of, _)| *of == plot) else { continue };
            curves.push((name, colours[curves.len() % colours.len()], Some(column.name)));
            if let Some(goal) = column.goal
                && targets.iter().all(|(_, known)| *known != f64::from(goal))
            {
                targets.push((format!("{name} at equilibrium: {:.3}", goal), f64::from(goal)));
            }
        }
        (plot.title(), curves, targets)
    };
    let mut plots: Vec<Drawn> = Plot::ALL.into_iter().map(of).filter(|(_, curves, _)| !curves.is_empty()).collect();
    plots.push((DIVERSITY, vec![("G(z)", colours[1], None)], vec![("as far from each other as real ones: 1".into(), 1.0)]));
    plots
}

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
    let columns = view.info.as_ref().map_or(&[][..], |info| &info.columns);
    let plots = plots(columns, [colours.d, colours.g]);
    let probability = columns.iter().any(|column| column.name == "d_real" && column.goal == Some(0.5));
    let axis = screen.remembered.axis;
    let smoothing = f64::from(screen.remembered.smoothing);
    let thinned = thin(&view.metrics);
    // The last mark of an axis reaches beyond it.
    let room = ui.available_size() - egui::vec2(10.0, 0.0);
    let each = |ui: &mut egui::Ui| {
        ui.columns(plots.len(), |columns| {
            for (ui, (title, curves, targets)) in columns.iter_mut().zip(plots) {
                title_ui(ui, title, &curves, &targets, colours.equilibrium);
                let x = AxisHints::new_x().label_spacing(24.0..=32.0).formatter(|mark, _| short(mark.value));
                let mut plot = egui_plot::Plot::new(title)
                    .allow_scroll(false)
                    .x_grid_spacer(few_marks)
                    .custom_x_axes(vec![x])
                    .y_axis_min_width(32.0)
                    .height(ui.available_height());
                if title == DIVERSITY || (title == Plot::Judgement.title() && probability) {
                    plot = plot.include_y(0.0).include_y(1.0);
                }
                plot.show(ui, |plot| {
                    for (name, y) in &targets {
                        plot.hline(HLine::new(name.clone(), *y).color(colours.equilibrium).style(LineStyle::dashed_loose()).width(1.0));
                    }
                    for (name, colour, column) in &curves {
                        plot.line(Line::new(*name, points(&thinned, axis, smoothing, *column)).color(*colour).width(1.6));
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
            let names: Vec<&str> = targets.iter().map(|(name, _)| name.as_str()).collect();
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
fn points(metrics: &[&Metrics], axis: Axis, smoothing: f64, column: Option<&str>) -> PlotPoints<'static> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let point = |m: &&Metrics| {
        let value = column.map_or(m.diversity, |column| m.get(column))?;
        sum = smoothing * sum + (1.0 - smoothing) * f64::from(value);
        weight = smoothing * weight + (1.0 - smoothing);
        let x = match axis {
            Axis::Steps => f64::from(m.step),
            Axis::Seconds => m.seconds,
        };
        Some([x, sum / weight])
    };
    metrics.iter().filter_map(point).collect::<Vec<_>>().into()
}

//! In the middle, where the data are points: what the figures of a run show, live.

use super::samples;
use crate::{
    app::{
        Screen, View,
        theme::{Palette, palette},
    },
    figure::{Arrow, Curves, Figure, Lines, across, arrows, shade},
};
use egui::{Color32, ColorImage, RichText, Vec2};
use egui_plot::{
    Arrows, AxisHints, CoordinatesFormatter, Corner, HPlacement, Line, LineStyle, Plot, PlotImage, PlotPoint, PlotPoints, Points,
};

/// The figure that is looked at: the newest, or an earlier one.
pub fn figure_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen) {
    let colours = palette(ui.ctx());
    let step = screen.past.and_then(|i| view.history.get(i)).map_or(view.step, |past| past.step);
    let Some((figure, version)) = screen.looked_at_figure(view) else {
        // Of an earlier part of the run, the picture on disk.
        match samples::past_texture(ui, view, screen) {
            Some((texture, _)) => {
                ui.colored_label(colours.g, format!("Step {step}"));
                let room = ui.available_size();
                samples::image_ui(ui, &texture, room, &mut screen.loupe);
            }
            None => drop(ui.colored_label(colours.weak, "no figure yet")),
        }
        return;
    };
    let figure = figure.clone();
    let chosen: Option<Vec<f64>> = match (screen.past, &view.generated) {
        (None, Some(one)) if !one.points.is_empty() => Some(one.points.iter().map(|value| f64::from(*value)).collect()),
        _ => None,
    };
    match figure.distribution.dimensions {
        1 => line_ui(ui, &figure, chosen.as_deref(), &colours),
        _ => plane_ui(ui, screen, &figure, version, chosen.as_deref(), &colours),
    }
}

/// What is drawn: in a word, where there is little room, and in full; and its colour.
type Name = (&'static str, &'static str, Color32);

/// Less height than this is little room.
const ROOMY: f32 = 240.0;

/// Names in their colours: a legend inside would cover what it names.
fn legend_ui(ui: &mut egui::Ui, figure: &Figure, names: &[Name], colours: &Palette) {
    let roomy = ui.available_height() >= ROOMY;
    ui.horizontal_wrapped(|ui| {
        ui.strong(format!("{}, step {}", figure.distribution.name, figure.step)).on_hover_text(figure.distribution.help);
        for (word, full, colour) in names {
            let text = RichText::new(if roomy { *full } else { *word }).small();
            ui.colored_label(*colour, text).on_hover_text(*full);
        }
        if roomy {
            ui.colored_label(colours.weak, RichText::new("diamond: the latent pad's").small());
        }
    });
}

/// Goodfellow et al. 2014, figure 1.
fn line_ui(ui: &mut egui::Ui, figure: &Figure, chosen: Option<&[f64]>, colours: &Palette) {
    let (curves, lines) = (Curves::of(figure), Lines::of(figure));
    let text = ui.visuals().text_color();
    let names = [
        ("p_data", "p_data, exact", text),
        ("p_g", "p_g, of generated points", colours.g),
        ("D(x)", "D(x)", colours.d),
        ("- - D*(x)", "dashed: D*(x) = p_data / (p_data + p_g)", colours.d),
        ("z to G(z)", "lines: from z to x = G(z)", colours.g),
    ];
    legend_ui(ui, figure, &names, colours);
    let top = curves.top;
    let [upper, lower, end] = curves.below();
    let bottom = if lines.ends.is_empty() { -0.02 * top } else { end };
    let [low, high] = figure.distribution.view;
    let positive = move |value: f64| if value < -1e-9 { String::new() } else { format!("{value:.2}") };
    let axes = vec![
        AxisHints::new_y().label("density").formatter(move |mark, _| positive(mark.value)),
        AxisHints::new_y().label("D").placement(HPlacement::Right).formatter(move |mark, _| positive(mark.value / top)),
    ];
    let coordinates = CoordinatesFormatter::new(move |at, _| {
        format!("x {:.2}   density {:.2}   D {:.2}", at.x, at.y.max(0.0), (at.y / top).clamp(0.0, 1.0))
    });
    let roomy = ui.available_height() >= 0.7 * ROOMY;
    let plot = fixed("line", ui.available_height()).custom_y_axes(axes).coordinates_formatter(Corner::RightTop, coordinates);
    plot.show(ui, |plot| {
        plot.set_plot_bounds_x(low..=high);
        plot.set_plot_bounds_y(bottom..=top);
        let at = |values: &[f64]| -> PlotPoints<'static> {
            curves.x.iter().zip(values).map(|(x, y)| [*x, y.min(top)]).collect::<Vec<_>>().into()
        };
        let scaled = |values: &[f64]| -> Vec<f64> { values.iter().map(|d| d * top).collect() };
        plot.line(Line::new("p_data", at(&curves.p_data)).color(text).width(1.5).fill(0.0).fill_alpha(0.12));
        plot.line(Line::new("p_g", at(&curves.p_g)).color(colours.g).width(2.0));
        let level = |y: f64| -> PlotPoints<'static> { vec![[low, y], [high, y]].into() };
        plot.line(Line::new("1/2", level(0.5 * top)).color(colours.equilibrium).style(LineStyle::dashed_loose()).width(1.0));
        plot.line(Line::new("D", at(&scaled(&curves.d))).color(colours.d).width(2.0));
        for stretch in curves.d_star() {
            let points: Vec<[f64; 2]> = stretch.into_iter().map(|(x, d)| [x, d * top]).collect();
            plot.line(Line::new("D*", points).color(colours.d).style(LineStyle::dashed_dense()).width(1.0));
        }
        plot.line(Line::new("x", level(0.0)).color(text).width(1.0));
        for [z, x] in &lines.ends {
            plot.line(Line::new("G", vec![[*z, lower], [*x, upper]]).color(colours.g.gamma_multiply(0.8)).width(1.0));
        }
        if !lines.ends.is_empty() {
            plot.line(Line::new("x of G(z)", level(upper)).color(colours.weak).width(1.0));
            plot.line(Line::new("z", level(lower)).color(colours.weak).width(1.0));
            for (place, z) in lines.ticks.iter().filter(|_| roomy) {
                let label = RichText::new(format!("z = {z}")).small().color(colours.weak);
                plot.text(egui_plot::Text::new("z", PlotPoint::new(*place, 0.5 * (lower + end)), label));
            }
        }
        if let Some([x]) = chosen {
            plot.points(marker(vec![[*x, 0.0]], colours));
        }
    });
}

/// D as a map, points, and arrows.
fn plane_ui(ui: &mut egui::Ui, screen: &mut Screen, figure: &Figure, version: u64, chosen: Option<&[f64]>, colours: &Palette) {
    let text = ui.visuals().text_color();
    let names = [
        ("real", "real", colours.d),
        ("generated", "generated", colours.g),
        ("arrows: pushes", "arrows: where G's loss pushes them", text),
        ("map: D(x)", "map: D(x), blue for real, orange for generated", colours.weak),
    ];
    legend_ui(ui, figure, &names, colours);
    let n = across(2);
    let dark = screen.remembered.dark;
    let tones = if dark { [[112, 66, 24], [30, 32, 38], [30, 72, 122]] } else { [[250, 208, 160], [255; 3], [166, 205, 240]] };
    let draw = || {
        let pixel = |i: usize| {
            let [r, g, b] = shade(figure.surface[(n - 1 - i / n) * n + i % n], tones);
            Color32::from_rgb(r, g, b)
        };
        ColorImage::new([n, n], (0..n * n).map(pixel).collect())
    };
    let texture = screen.smooth_texture(ui.ctx(), "surface", version << 1 | u64::from(dark), draw);
    let [low, high] = figure.distribution.view;
    let middle = 0.5 * (low + high);
    // Each place is the middle of a pixel: the outer ones reach half a cell beyond the view.
    let side = ((high - low) * n as f64 / (n - 1) as f64) as f32;
    let pair = |points: &[f32]| -> PlotPoints<'static> {
        points.chunks_exact(2).map(|point| [f64::from(point[0]), f64::from(point[1])]).collect::<Vec<_>>().into()
    };
    let surface = figure.surface.clone();
    let coordinates = CoordinatesFormatter::new(move |at, _| {
        let place = |v: f64| ((v - low) / (high - low) * (n - 1) as f64).round().clamp(0.0, (n - 1) as f64) as usize;
        format!("x1 {:.2}   x2 {:.2}   D {:.2}", at.x, at.y, surface[place(at.y) * n + place(at.x)])
    });
    let height = ui.available_height();
    let plot = fixed("plane", height)
        .width(ui.available_width().min(height + 30.0))
        .data_aspect(1.0)
        .coordinates_formatter(Corner::LeftBottom, coordinates);
    plot.show(ui, |plot| {
        plot.set_plot_bounds_y(low..=high);
        plot.set_plot_bounds_x(low..=high);
        plot.image(PlotImage::new("D", texture.id(), PlotPoint::new(middle, middle), Vec2::splat(side)));
        plot.points(Points::new("generated", pair(&figure.generated)).color(colours.g.gamma_multiply(0.85)).radius(1.8));
        plot.points(Points::new("real", pair(&figure.reals)).color(colours.d.gamma_multiply(0.85)).radius(1.3));
        let (feet, tips): (Vec<[f64; 2]>, Vec<[f64; 2]>) = arrows(figure).into_iter().map(|Arrow { from, to }| (from, to)).unzip();
        plot.arrows(Arrows::new("pushes", feet, tips).color(text.gamma_multiply(0.8)).tip_length(5.0));
        if let Some([x, y]) = chosen {
            plot.points(marker(vec![[*x, *y]], colours));
        }
    });
}

/// Where G puts the latent of the pad.
fn marker(at: Vec<[f64; 2]>, colours: &Palette) -> Points<'static> {
    Points::new("latent pad", at).shape(egui_plot::MarkerShape::Diamond).color(colours.good).radius(7.0)
}

/// A plot that stays where it is.
fn fixed(name: &'static str, height: f32) -> Plot<'static> {
    let plot = Plot::new(name).height(height).show_grid(false).allow_drag(false).allow_zoom(false).allow_scroll(false);
    plot.allow_boxed_zoom(false).allow_axis_zoom_drag(false).set_margin_fraction(Vec2::ZERO).label_formatter(|_| None)
}

//! On the right: a square spanned by four latents. Drag in it and G answers at once.

use super::samples::latent_ui;
use crate::{
    app::{Screen, View, theme::palette, view::grid},
    train::{Command, RunInfo, Wish, latents},
};
use egui::{Pos2, Rect, Sense, Stroke, Vec2};
use std::time::Duration;

pub fn pad_ui(ui: &mut egui::Ui, view: &View, screen: &mut Screen, wishes: &mut Vec<Wish>) {
    let colours = palette(ui.ctx());
    ui.add_space(6.0);
    ui.strong("Latent pad");
    let Some(info) = &view.info else { return };
    let side = ui.available_width().min(ui.available_height() - 110.0).max(80.0);
    let (area, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click_and_drag());
    let name = "Latent pad: drag to move between four latents";
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
    if let Some(image) = view.generated.as_ref().filter(|image| image.points.is_empty()) {
        let texture = screen.texture(ui.ctx(), "pad", view.generated_count, || grid(image, colours.gap).0);
        egui::Image::new(&texture).paint_at(ui, fit(area, texture.size_vec2()));
    } else {
        ui.painter().rect_filled(area, 4.0, ui.visuals().extreme_bg_color);
    }
    if let Some(pointer) = response.interact_pointer_pos() {
        let place = (pointer - area.min) / area.size();
        screen.pad.place = [place.x.clamp(0.0, 1.0), place.y.clamp(0.0, 1.0)];
        screen.pad.animated = false;
    }
    if screen.pad.animated {
        let time = ui.input(|i| i.time) as f32;
        screen.pad.place = [0.5 + 0.5 * (0.31 * time).sin(), 0.5 + 0.5 * (0.47 * time + 1.0).sin()];
        ui.ctx().request_repaint_after(Duration::from_millis(33));
    }
    let [x, y] = screen.pad.place;
    let handle = Pos2::new(area.left() + x * area.width(), area.top() + y * area.height());
    ui.painter().rect_stroke(area, 3.0, Stroke::new(1.0, colours.weak), egui::StrokeKind::Inside);
    ui.painter().circle(handle, 6.0, colours.g.gamma_multiply(0.5), Stroke::new(2.0, colours.g));

    ui.horizontal(|ui| {
        if ui.button("Shuffle").on_hover_text("Four other latents in the corners").clicked() {
            screen.pad.seed = screen.pad.seed.wrapping_add(1);
        }
        ui.toggle_value(&mut screen.pad.animated, "Animate").on_hover_text("Wander through the square");
    });
    let latent = blend(info, screen.pad.seed, screen.pad.place);
    if let Some(one) = view.generated.as_ref().filter(|image| !image.points.is_empty()) {
        let values: Vec<String> = one.points.iter().map(|value| format!("{value:.2}")).collect();
        ui.label(format!("G(z) = ({})", values.join(", "))).on_hover_text("The diamond in the figure");
    }
    match view.generated.as_ref().and_then(|image| image.verdicts.first()) {
        Some(verdict) => ui.label(format!("D: {:.1} % real", verdict * 100.0)),
        None => ui.colored_label(colours.weak, "drag in the square"),
    };
    latent_ui(ui, &latent, side, &colours);

    // Asked anew when the place, the corners or the generator have changed, one question at a time.
    let question = (screen.pad.seed, screen.pad.place, view.preview_count);
    if screen.pad.asking.due(question, view.generated_count) {
        wishes.push(Wish::Command(Command::Generate(latent)));
    }
}

/// The latent at a place of the square: the four corners weighted bilinearly, brought back to the length that latents have.
fn blend(info: &RunInfo, seed: u32, [x, y]: [f32; 2]) -> Vec<f32> {
    let n = info.config.latent;
    let corners = latents(&info.config, seed, 4);
    let weights = [(1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y];
    let length = weights.iter().map(|w| w * w).sum::<f32>().sqrt();
    let at = |i: usize| weights.iter().enumerate().map(|(corner, w)| w * corners.get(corner * n + i).copied().unwrap_or(0.0)).sum::<f32>();
    (0..n).map(|i| at(i) / length).collect()
}

/// The largest rectangle of that aspect in the middle of the area.
fn fit(area: Rect, size: Vec2) -> Rect {
    let scale = (area.width() / size.x).min(area.height() / size.y);
    Rect::from_center_size(area.center(), size * scale)
}

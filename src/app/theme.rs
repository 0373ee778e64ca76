//! Type, spacing and colours, chosen once.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Vec2, Visuals};

/// Colours that egui's own visuals do not name.
#[derive(Clone, Copy)]
pub struct Palette {
    /// The generator, everywhere.
    pub g: Color32,
    /// The discriminator, everywhere.
    pub d: Color32,
    /// Lines of equilibrium.
    pub equilibrium: Color32,
    /// Calm green of a good state.
    pub good: Color32,
    /// Amber of a state to watch.
    pub watch: Color32,
    /// Red of an error.
    pub bad: Color32,
    /// Secondary text.
    pub weak: Color32,
    /// Between images.
    pub gap: [u8; 3],
}

/// The palette of the theme in use.
pub fn palette(ctx: &egui::Context) -> Palette {
    match ctx.theme() {
        Theme::Dark => Palette {
            g: Color32::from_rgb(255, 166, 77),
            d: Color32::from_rgb(94, 176, 255),
            equilibrium: Color32::from_rgb(120, 126, 138),
            good: Color32::from_rgb(98, 201, 141),
            watch: Color32::from_rgb(240, 190, 90),
            bad: Color32::from_rgb(240, 110, 110),
            weak: Color32::from_rgb(150, 157, 170),
            gap: [38, 41, 48],
        },
        Theme::Light => Palette {
            g: Color32::from_rgb(196, 94, 8),
            d: Color32::from_rgb(20, 99, 186),
            equilibrium: Color32::from_rgb(140, 145, 155),
            good: Color32::from_rgb(24, 126, 70),
            watch: Color32::from_rgb(150, 96, 0),
            bad: Color32::from_rgb(190, 40, 40),
            weak: Color32::from_rgb(96, 102, 114),
            gap: [205, 209, 216],
        },
    }
}

/// A dot of a colour, the size of a letter, to stand before a text.
pub fn dot(ui: &mut egui::Ui, colour: Color32) {
    let (area, _) = ui.allocate_exact_size(Vec2::splat(10.0), egui::Sense::hover());
    ui.painter().circle_filled(area.center(), 4.0, colour);
}

/// Space between groups.
pub const GROUP_GAP: f32 = 14.0;

/// Applies the theme to both of egui's styles.
pub fn apply(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Small, FontId::new(11.5, FontFamily::Proportional)),
                (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
                (TextStyle::Button, FontId::new(13.5, FontFamily::Proportional)),
                (TextStyle::Heading, FontId::new(17.0, FontFamily::Proportional)),
                (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
            ]
            .into();
            style.spacing.item_spacing = Vec2::new(8.0, 6.0);
            style.spacing.button_padding = Vec2::new(9.0, 4.0);
            style.spacing.interact_size.y = 24.0;
            style.spacing.window_margin = Margin::same(14);
            style.visuals = visuals(theme);
        });
    }
}

fn visuals(theme: Theme) -> Visuals {
    let mut v = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let (panel, window, edge, text) = match theme {
        Theme::Dark => ((24, 26, 31), (32, 35, 42), (52, 56, 66), (222, 226, 233)),
        Theme::Light => ((246, 247, 249), (255, 255, 255), (214, 218, 225), (34, 38, 46)),
    };
    let colour = |(r, g, b): (u8, u8, u8)| Color32::from_rgb(r, g, b);
    v.panel_fill = colour(panel);
    v.window_fill = colour(window);
    v.window_stroke = Stroke::new(1.0, colour(edge));
    v.widgets.noninteractive.bg_stroke = Stroke::new(1.0, colour(edge));
    v.widgets.noninteractive.fg_stroke = Stroke::new(1.0, colour(text));
    // Fields to type in are seen as such.
    v.text_edit_bg_color = Some(match theme {
        Theme::Dark => Color32::from_rgb(20, 22, 26),
        Theme::Light => Color32::from_rgb(240, 242, 246),
    });
    v.widgets.inactive.bg_stroke = Stroke::new(1.0, colour(edge));
    v.selection.bg_fill = match theme {
        Theme::Dark => Color32::from_rgb(44, 84, 128),
        Theme::Light => Color32::from_rgb(173, 209, 247),
    };
    for widget in
        [&mut v.widgets.noninteractive, &mut v.widgets.inactive, &mut v.widgets.hovered, &mut v.widgets.active, &mut v.widgets.open]
    {
        widget.corner_radius = CornerRadius::same(5);
    }
    v.window_corner_radius = CornerRadius::same(9);
    v
}

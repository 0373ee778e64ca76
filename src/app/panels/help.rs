//! The help sheet.

use crate::{
    app::{Screen, View},
    train::Wish,
};

/// Shortcuts and what they do.
const SHORTCUTS: [(&str, &str); 14] = [
    ("Space", "run or pause"),
    ("D", "one update of the discriminator, then pause"),
    ("G", "one update of the generator, then pause"),
    ("S", "one whole step, then pause"),
    ("R", "a new run with the next seed"),
    ("Ctrl+S", "save a checkpoint now"),
    ("N", "a new run: network, data, device"),
    ("O", "open a run"),
    ("L", "latent pad"),
    ("C", "curves"),
    ("T", "light or dark"),
    ("Ctrl + and -", "larger and smaller"),
    ("H or F1", "this sheet"),
    ("Esc", "close"),
];

/// What is on the screen, for somebody new to GANs.
const EXPLAINED: [&str; 4] = [
    "The generator G turns random numbers (a latent z) into an image, or a point. The discriminator D says how likely an image is real. D learns to \
     tell real from generated; G learns to make D err.",
    "The sheet shows the same latents all the time, so you see G change its mind. Hover over an image for its latent and D's verdict; turn the wheel \
     to look closely, drag to move, double-click for all of it. \
     'Nearest real' shows the training image nearest to each: whether G makes images, or copies.",
    "If G were perfect, D could only guess: D(x) = D(G(z)) = 0.5, D's loss 2 ln 2 = 1.386 and G's ln 2 = 0.693, the dashed lines.",
    "Drop a folder of images on the window to train on them, or a run directory to open it.",
];

pub fn help_ui(ui: &mut egui::Ui, _view: &View, screen: &mut Screen, _wishes: &mut Vec<Wish>) {
    let mut open = true;
    super::dialog(ui, "Help").open(&mut open).resizable(false).default_width(460.0).show(ui.ctx(), |ui| {
        egui::ScrollArea::vertical().max_height(ui.ctx().content_rect().height() - 100.0).show(ui, |ui| {
            for text in EXPLAINED {
                ui.label(text);
            }
            ui.separator();
            egui::Grid::new("shortcuts").num_columns(2).spacing([18.0, 4.0]).show(ui, |ui| {
                for (key, what) in SHORTCUTS {
                    ui.monospace(key);
                    ui.label(what);
                    ui.end_row();
                }
            });
        });
    });
    screen.help &= open;
}

//! Which part of the sheets of images is shown, so that small images can be looked at closely: the same part of all sheets.

use egui::{Pos2, Rect, Response, Vec2};

/// The largest enlargement.
const MOST: f32 = 16.0;

/// A part of a sheet, whose sides are from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Loupe {
    scale: f32,
    centre: Pos2,
}

impl Default for Loupe {
    fn default() -> Self {
        Loupe { scale: 1.0, centre: Pos2::new(0.5, 0.5) }
    }
}

impl Loupe {
    /// The part that is shown.
    pub fn part(&self) -> Rect {
        Rect::from_center_size(self.centre, Vec2::splat(1.0 / self.scale))
    }

    /// True where a part of the sheet alone is shown.
    pub fn enlarges(&self) -> bool {
        self.scale > 1.0
    }

    /// Where a place on the screen lies on the sheet that is shown in `area`.
    pub fn place(&self, area: Rect, at: Pos2) -> Pos2 {
        self.part().lerp_inside((at - area.min) / area.size())
    }

    /// Enlarges by a factor what is at a place of the sheet, which stays where it is on the screen.
    fn enlarge(&mut self, factor: f32, at: Pos2) {
        let scale = (self.scale * factor).clamp(1.0, MOST);
        self.centre = at + (self.centre - at) * (self.scale / scale);
        self.scale = scale;
        self.stay_inside();
    }

    fn stay_inside(&mut self) {
        let half = 0.5 / self.scale;
        self.centre = self.centre.clamp(Pos2::new(half, half), Pos2::new(1.0 - half, 1.0 - half));
    }

    /// Takes the wheel, dragging, and a double click, which shows all again.
    pub fn follow(&mut self, ui: &egui::Ui, area: &Response) {
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        let factor = pinch * (0.004 * wheel).exp();
        if let Some(at) = area.hover_pos().filter(|_| factor != 1.0) {
            self.enlarge(factor, self.place(area.rect, at));
        }
        if area.dragged() {
            self.centre -= area.drag_delta() / area.rect.size() / self.scale;
            self.stay_inside();
        }
        if area.double_clicked() {
            *self = Loupe::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pointed_at_stays_where_it_is() {
        let area = Rect::from_min_size(Pos2::new(10.0, 20.0), Vec2::new(200.0, 100.0));
        let mut loupe = Loupe::default();
        let pointer = Pos2::new(60.0, 95.0);
        let before = loupe.place(area, pointer);
        loupe.enlarge(3.0, before);
        assert!(loupe.enlarges() && (loupe.place(area, pointer) - before).length() < 1e-5);
        loupe.enlarge(0.01, before);
        assert_eq!(loupe, Loupe::default());
    }
}

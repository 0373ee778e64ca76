// What is done to a picture, as 8 numbers: a factor or summand of 0 or 1 where nothing is.
const BRIGHTNESS: u32 = 0u; // added to every value
const SATURATION: u32 = 1u; // distances from the mean of a pixel are multiplied by it
const CONTRAST: u32 = 2u; // distances from the mean of the picture are multiplied by it
const FLIP: u32 = 3u; // 1 for a mirrored picture
const DOWN: u32 = 4u; // pixels by which it moves up: row r shows row r + DOWN
const RIGHT: u32 = 5u; // and to the left
const CUT_TOP: u32 = 6u; // first row of what is cut out, half as high as the picture; the height where nothing is
const CUT_LEFT: u32 = 7u; // its first column; half as wide

const KNOBS: u32 = 8u;

// No pixel.
const NOWHERE: u32 = 0xffffffffu;

// The pixel of a picture [height, width] at a place, if it has one.
fn pixel_at(row: i32, column: i32, height: u32, width: u32) -> u32 {
    let inside = row >= 0 && column >= 0 && row < i32(height) && column < i32(width);
    return select(NOWHERE, u32(row) * width + u32(column), inside);
}

// True where a place lies in what is cut out: half the height and width, rounded up.
fn is_cut(row: i32, column: i32, height: u32, width: u32, top: i32, left: i32) -> bool {
    let down = row - top;
    let right = column - left;
    return down >= 0 && right >= 0 && down < i32((height + 1u) / 2u) && right < i32((width + 1u) / 2u);
}

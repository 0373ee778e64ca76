// Patches of a picture as rows of a matrix, without writing them out: a row is a place where the kernel lies, a step one of the
// elements under it. Both are looked up in tables that the host has made (src/ops/convolution/tables.rs), so that convolutions of any
// stride and border, and transposed ones, are the same product: nothing but an addition and a comparison is left to a load.
//
// Channels in groups, and the classes of a transposed convolution (outputs that see the same elements of the kernel), are parts of the
// dispatch: part = class * groups + group. Gradients by weights have slices of the sum in the place of classes.

var<private> part: u32;

// Where a place's corner lies: as an element of the picture, and its row and column there, which may be outside.
struct Place {
    base: i32,
    y: i32,
    x: i32,
}

// Where an element of the kernel lies from there, and its weight.
struct Tap {
    offset: i32,
    y: i32,
    x: i32,
    w: u32,
}

// An element of the picture; where it is outside it counts as zero, and the index is of no use but valid.
struct Source {
    index: u32,
    inside: bool,
}

fn group_of_part() -> u32 {
    return part % params.groups;
}

fn class_of_part() -> u32 {
    return part / params.groups;
}

fn low_half(word: u32) -> i32 {
    return bitcast<i32>(word << 16u) >> 16u;
}

fn high_half(word: u32) -> i32 {
    return bitcast<i32>(word) >> 16u;
}

// The place of a row of the table.
fn place_at(row: u32) -> Place {
    let corner = places[3u * row + 1u];
    return Place(bitcast<i32>(places[3u * row]), high_half(corner), low_half(corner));
}

// The tap of a row of its table.
fn tap_at(row: u32) -> Tap {
    let way = taps[3u * row + 1u];
    return Tap(bitcast<i32>(taps[3u * row]), high_half(way), low_half(way), taps[3u * row + 2u]);
}

fn source_of(place: Place, tap: Tap) -> Source {
    let inside = u32(place.y + tap.y) < params.height && u32(place.x + tap.x) < params.width;
    return Source(select(0u, u32(place.base + tap.offset), inside), inside);
}

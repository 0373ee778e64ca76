// Blocks of [pixels, channels] that are normalised together: a group of channels of one picture. The kernel's Params have `blocks`,
// `pixels`, `channels` and `groups`.

// Values in a block; none in what is no block.
fn block_len(block: u32) -> u32 {
    return select(0u, params.pixels * (params.channels / params.groups), block < params.blocks);
}

// Where value k of a block lies.
fn block_index(block: u32, k: u32) -> u32 {
    let across = params.channels / params.groups;
    let picture = block / params.groups;
    let group = block - picture * params.groups;
    let pixel = k / across;
    return (picture * params.pixels + pixel) * params.channels + group * across + (k - pixel * across);
}

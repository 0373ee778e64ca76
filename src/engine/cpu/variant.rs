//! What the CPU engine's bits depend on, in a line.

use crate::{
    random::random_bits,
    twin::{Real, Way, matrix, product},
};
use sha2::{Digest as _, Sha256};

/// Rows, sum and columns of the product that is tried: a sum longer than the blocks that products are cut into by the sizes of caches.
const SHAPE: [usize; 3] = [96, 4096, 80];

/// Precision, threads, library, instruction set, and a hash of what a product and the functions of the system's library give here: it
/// tells what no name does, how products are cut by the sizes of caches and how exp and log round.
pub(super) fn variant<R: Real>(way: Way) -> String {
    let (name, threads, sample) = (std::any::type_name::<R>(), rayon::current_num_threads(), sample::<R>(way));
    let way = if way == Way::ALL[0] { String::new() } else { format!(" {}", way.name()) };
    format!("cpu {name} x{threads} faer {} {sample}{way}", instructions())
}

/// The widest vector instructions that products and twins use.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    for (has, name) in [
        (std::arch::is_x86_feature_detected!("avx512f"), "avx512"),
        (std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"), "avx2"),
    ] {
        if has {
            return name;
        }
    }
    std::env::consts::ARCH
}

/// Eight digits that differ where a bit does.
fn sample<R: Real>(way: Way) -> String {
    let [rows, inner, columns] = SHAPE;
    let value = |i: usize| R::of(random_bits(0, 0, 0, i as u32) as f32 / 2f32.powi(31) - 1.0);
    let a: Vec<R> = (0..rows * inner).map(value).collect();
    let b: Vec<R> = (0..inner * columns).map(|i| value(i + a.len())).collect();
    let mut values = vec![R::zero(); rows * columns];
    product(way, &mut values, matrix(&a, [rows, inner]), matrix(&b, [inner, columns]), |_, _| {});
    values.extend(a[..256].iter().flat_map(|a| [a.exp(), a.abs().ln(), a.tanh()]));
    let mut hash = Sha256::new();
    for value in values {
        let (mantissa, exponent, sign) = num_traits::Float::integer_decode(value);
        hash.update(mantissa.to_le_bytes());
        hash.update(exponent.to_le_bytes());
        hash.update(sign.to_le_bytes());
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_tells_what_the_bits_depend_on() {
        let [single, double] = [variant::<f32>(Way::ALL[0]), variant::<f64>(Way::ALL[0])];
        for (variant, name) in [(&single, "cpu f32 x"), (&double, "cpu f64 x")] {
            assert!(variant.starts_with(name) && variant.contains(instructions()), "{variant}");
        }
        assert_eq!(single, variant::<f32>(Way::ALL[0]), "the same bits every time");
        assert!(variant::<f32>(Way::Rows).ends_with(" rows"));
        let last = |variant: &str| variant.rsplit(' ').next().map(str::to_owned);
        assert_ne!(last(&single), last(&double), "a hash of the bits");
    }
}

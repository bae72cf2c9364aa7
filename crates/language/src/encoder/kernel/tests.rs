//! Every kernel of this machine gives the sums of the definition, with the largest factors too.

use super::{Kernel, PANEL, Packed};

/// Numbers from −127 to 127 without a pattern that a kernel could share.
fn numbers(count: usize, seed: u32) -> Vec<i8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) % 255) as i32 - 127
    };
    std::iter::repeat_with(next).take(count).map(|number| number as i8).collect()
}

fn packed(inputs: usize, outputs: usize, weights: Vec<i8>) -> Packed {
    Packed { inputs, outputs, weights, scale: vec![1.0; outputs], bias: vec![0.0; outputs] }
}

/// The sums by their definition, from the order that `Packed` documents.
fn expected(weights: &Packed, numbers: &[i8]) -> Vec<i32> {
    let mut sums = Vec::new();
    for place in numbers.chunks_exact(weights.inputs) {
        sums.extend((0..weights.outputs).map(|output| {
            let weight = |input: usize| {
                let panel = output / PANEL * weights.inputs * PANEL;
                i32::from(weights.weights[panel + input / 4 * PANEL * 4 + output % PANEL * 4 + input % 4])
            };
            place.iter().enumerate().map(|(input, number)| weight(input) * i32::from(*number)).sum::<i32>()
        }));
    }
    sums
}

#[test]
fn sums_are_those_of_the_definition() {
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        for (inputs, outputs) in [(4, 16), (36, 48), (384, 32)] {
            let weights = packed(inputs, outputs, numbers(inputs * outputs, 1));
            for places in 1..=19 {
                let numbers = numbers(places * inputs, 2);
                let mut sums = vec![7; places * outputs];
                kernel.multiply(&weights, &numbers, &mut sums);
                assert_eq!(sums, expected(&weights, &numbers), "{kernel:?} {inputs} {outputs} {places}");
            }
        }
    }
}

#[test]
fn largest_factors_do_not_overflow() {
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        for (weight, number) in [(127, 127), (-127, 127), (127, -127), (-127, -127)] {
            let weights = packed(1536, 16, vec![weight; 1536 * 16]);
            let mut sums = vec![0; 5 * 16];
            kernel.multiply(&weights, &[number; 5 * 1536], &mut sums);
            assert_eq!(sums, [1536 * i32::from(weight) * i32::from(number); 5 * 16], "{kernel:?}");
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn twin_of_avx_vnni_gives_the_same_sums() {
    #![expect(unsafe_code, reason = "the function is compiled for instructions that not every machine has")]
    if !super::x86::has_avx512_vnni() {
        return;
    }
    let weights = packed(384, 16, numbers(384 * 16, 3));
    let numbers = numbers(3 * 384, 4);
    let mut sums = vec![0; 3 * 16];
    // SAFETY: the machine has the instructions.
    unsafe { super::x86_products::avx_vnni_twin::<3>(&weights.weights, &numbers, &mut sums, 16) };
    assert_eq!(sums, expected(&weights, &numbers));
}

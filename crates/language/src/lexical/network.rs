//! The network of Baidu LAC: two layers of bidirectional GRU over characters, then the best path of
//! tags (CRF). Invariant: the same arithmetic in the same order everywhere, so results do not differ
//! between machines.

use super::weights::{GATES, Gru, OUTPUTS, WIDTH, Weights};

/// The tag (an index into `Weights::tags`) of each character.
pub fn tag(weights: &Weights, characters: &[char]) -> Vec<usize> {
    if characters.is_empty() {
        return Vec::new();
    }
    let mut inputs = vec![0.0; characters.len() * WIDTH];
    for (character, vector) in characters.iter().zip(inputs.chunks_exact_mut(WIDTH)) {
        weights.embed(*character, vector);
    }
    let mut width = WIDTH;
    for [forwards, backwards] in &weights.layers {
        let mut outputs = vec![0.0; characters.len() * 2 * WIDTH];
        run(forwards, &inputs, width, false, &mut outputs);
        run(backwards, &inputs, width, true, &mut outputs);
        inputs = outputs;
        width = 2 * WIDTH;
    }
    let mut scores = vec![0.0; characters.len() * OUTPUTS];
    for (state, row) in inputs.chunks_exact(width).zip(scores.chunks_exact_mut(OUTPUTS)) {
        row.copy_from_slice(&weights.bias);
        add_product(row, state, &weights.linear);
    }
    best_path(&scores, &weights.transitions, weights.tags.len())
}

/// One direction of a layer; forwards fills the left half of each output row, backwards the right.
fn run(gru: &Gru, inputs: &[f32], width: usize, backwards: bool, outputs: &mut [f32]) {
    let length = inputs.len() / width;
    let mut hidden = [0.0_f32; WIDTH];
    let mut from_input = [0.0_f32; GATES];
    let mut from_state = [0.0_f32; GATES];
    for step in 0..length {
        let position = if backwards { length - 1 - step } else { step };
        from_input.copy_from_slice(&gru.input_bias);
        add_product(&mut from_input, &inputs[position * width..(position + 1) * width], &gru.input);
        from_state.copy_from_slice(&gru.state_bias);
        add_product(&mut from_state, &hidden, &gru.state);
        for unit in 0..WIDTH {
            let update = sigmoid(from_input[unit] + from_state[unit]);
            let reset = sigmoid(from_input[WIDTH + unit] + from_state[WIDTH + unit]);
            let candidate = (from_input[2 * WIDTH + unit] + reset * from_state[2 * WIDTH + unit]).tanh();
            hidden[unit] = (1.0 - update) * candidate + update * hidden[unit];
        }
        let start = position * 2 * WIDTH + if backwards { WIDTH } else { 0 };
        outputs[start..start + WIDTH].copy_from_slice(&hidden);
    }
}

/// `sums += vector × matrix`, four rows at a time: the sums are then read and written a quarter as often.
fn add_product(sums: &mut [f32], vector: &[f32], matrix: &[f32]) {
    let columns = sums.len();
    for (four, rows) in vector.chunks_exact(4).zip(matrix.chunks_exact(4 * columns)) {
        let (first, rest) = rows.split_at(columns);
        let (second, rest) = rest.split_at(columns);
        let (third, fourth) = rest.split_at(columns);
        let rows = first.iter().zip(second).zip(third.iter().zip(fourth));
        for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(rows) {
            *sum += four[0] * a + four[1] * b + (four[2] * c + four[3] * d);
        }
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Viterbi over the first `tags` outputs; the other ones were never trained.
fn best_path(scores: &[f32], transitions: &[f32], tags: usize) -> Vec<usize> {
    let mut rows = scores.chunks_exact(OUTPUTS);
    let mut best: Vec<f32> = rows.next().map(|row| row[..tags].to_vec()).unwrap_or_default();
    let mut came_from: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let mut next = vec![f32::NEG_INFINITY; tags];
        let mut from = vec![0; tags];
        for (previous, so_far) in best.iter().enumerate() {
            for (tag, step) in transitions[previous * OUTPUTS..][..tags].iter().enumerate() {
                if so_far + step > next[tag] {
                    next[tag] = so_far + step;
                    from[tag] = previous;
                }
            }
        }
        for (sum, score) in next.iter_mut().zip(row) {
            *sum += score;
        }
        best = next;
        came_from.push(from);
    }
    let mut last = (0..best.len()).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
    let mut path = vec![last];
    for from in came_from.iter().rev() {
        last = from[last];
        path.push(last);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What onnxruntime made of these sentences with the original network (`tools/lac.py --record`).
    const RECORDED: &str = include_str!("../../tests/fixtures/lac.jsonl");

    fn words(weights: &Weights, text: &str) -> Vec<(String, String)> {
        let characters: Vec<char> = text.chars().collect();
        let mut words: Vec<(String, String)> = Vec::new();
        for (character, tag) in characters.iter().zip(tag(weights, &characters)) {
            let (name, place) = weights.tags[tag].rsplit_once('-').unwrap();
            match words.last_mut() {
                Some(last) if place == "I" => last.0.push(*character),
                _ => words.push((character.to_string(), name.to_owned())),
            }
        }
        words
    }

    #[test]
    fn words_are_those_of_the_original_network() {
        let weights = Weights::read(include_bytes!("../../weights/lac.bin")).unwrap();
        let mut count = 0;
        for line in RECORDED.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = row["text"].as_str().unwrap();
            let pair =
                |word: &Value| (word[0].as_str().unwrap().to_owned(), word[1].as_str().unwrap().to_owned());
            let recorded: Vec<_> = row["words"].as_array().unwrap().iter().map(pair).collect();
            assert_eq!(words(&weights, text), recorded, "{text}");
            count += 1;
        }
        assert_eq!(count, 50);
        assert!(tag(&weights, &[]).is_empty());
    }
}

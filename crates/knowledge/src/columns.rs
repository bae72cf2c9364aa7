//! Sparse columns, one after another in one piece of memory.

/// The cells in the order of their columns, and where each column begins; one place more than columns. `cells` is asked
/// twice, so that nothing but the result takes room; in a column they stay in its order.
pub fn by_column<T, Cells>(columns: usize, cells: impl Fn() -> Cells) -> (Vec<u32>, Vec<T>)
where
    T: Copy + Default,
    Cells: Iterator<Item = (usize, T)>,
{
    // While cells are placed, one after a column's own place is where its next cell goes.
    let mut starts = vec![0_u32; columns + 2];
    for (column, _) in cells() {
        starts[column + 2] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut placed = vec![T::default(); starts[columns + 1] as usize];
    for (column, cell) in cells() {
        let place = &mut starts[column + 1];
        placed[*place as usize] = cell;
        *place += 1;
    }
    starts.pop();
    (starts, placed)
}

#[cfg(test)]
mod tests {
    use super::by_column;

    #[test]
    fn cells_stand_by_column_and_in_their_order() {
        let cells = || [(2, 'a'), (0, 'b'), (2, 'c'), (0, 'd')].into_iter();
        assert_eq!(by_column(4, cells), (vec![0, 2, 2, 4, 4], vec!['b', 'd', 'a', 'c']));
        assert_eq!(by_column::<u8, _>(0, std::iter::empty), (vec![0], vec![]));
    }
}

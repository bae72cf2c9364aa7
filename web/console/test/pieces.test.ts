// Writing a section with images between its lines: what is typed stays where it is, and so does each image.

import { expect, test } from 'vitest';
import type { FileView, SectionImage } from '../src/api/types';
import { insert, leave, lineAbove, lineAt, move, type Piece, remove, split, write } from '../src/knowledge/pieces';
import { type Section, sectionDiff } from '../src/knowledge/sections';

const file = (id: string): FileView => ({
  id, name: `${id}.png`, media_type: 'image/png', kind: 'image', size: 1, width: 4, height: 3, has_thumbnail: false,
});
const image = (id: string, after: number): SectionImage => ({ file: file(id), alt: '', after });
const section = (text: string, ...images: SectionImage[]): Section => ({ heading: '', text, images });
const shown = (of: Section) => split(of).map((piece) => (piece.kind === 'text' ? piece.text : `#${piece.image.file.id}`));
const piece = (of: Section, place: number) => split(of)[place] as Piece & { kind: 'text' };

test('texts_and_images_are_shown_in_their_order_with_room_below', () => {
  expect(shown(section(''))).toEqual(['']);
  expect(shown(section('a\nb'))).toEqual(['a\nb']);
  expect(shown(section('a\n\nb', image('1', 0), image('2', 2), image('3', 3)))).toEqual(['#1', 'a\n', '#2', 'b', '#3', '']);
});

test('typing_moves_the_images_below_it_with_the_lines', () => {
  const before = section('a\nb', image('1', 1), image('2', 2));
  const longer = write(before, piece(before, 0), 'a\nand more\n');
  expect([longer.text, shown(longer)]).toEqual(['a\nand more\n\nb', ['a\nand more\n', '#1', 'b', '#2', '']]);
  const end = write(before, piece(before, 4), 'c');
  expect(shown(end)).toEqual(['a', '#1', 'b', '#2', 'c']);
  // Emptied, the field between two images stays while somebody writes in it.
  const emptied = write(before, piece(before, 2), '');
  expect(shown(emptied)).toEqual(['a', '#1', '', '#2', '']);
  expect(shown(leave(emptied, piece(emptied, 2)))).toEqual(['a', '#1', '#2', '']);
  expect(leave(before, piece(before, 2))).toBe(before);
});

test('an_image_goes_below_the_line_of_the_caret', () => {
  const text = section('one\ntwo\nthree');
  const at = (caret: number) => lineAt(piece(text, 0), caret);
  expect([at(0), at(2), at(3), at(4), at(5), at(13)]).toEqual([0, 1, 1, 1, 2, 3]);
  expect(shown(insert(text, at(5), { file: file('1'), alt: '' }))).toEqual(['one\ntwo', '#1', 'three']);
  // The second of two that are added at once stands below the first.
  const two = insert(insert(text, 1, { file: file('1'), alt: '' }), 1, { file: file('2'), alt: '' });
  expect(shown(two)).toEqual(['one', '#1', '#2', 'two\nthree']);
  expect(shown(insert(text, Infinity, { file: file('1'), alt: '' }))).toEqual(['one\ntwo\nthree', '#1', '']);
});

test('an_image_moves_line_by_line_and_past_others', () => {
  let now = section('one\n\ntwo', image('1', 0), image('2', 3));
  const step = (index: number, by: -1 | 1) => {
    const moved = move(now, index, by);
    if (moved) now = moved.section;
    return moved?.index ?? null;
  };
  expect(step(0, -1)).toBeNull();
  expect([step(0, 1), shown(now)]).toEqual([0, ['one', '#1', '\ntwo', '#2', '']]);
  expect(lineAbove(now, 0)).toBe('one');
  expect([step(0, 1), shown(now)]).toEqual([0, ['one\n\ntwo', '#1', '#2', '']]);
  expect([step(0, 1), shown(now)]).toEqual([1, ['one\n\ntwo', '#2', '#1', '']]);
  expect(step(1, 1)).toBeNull();
  expect([step(0, -1), step(0, -1), step(0, -1)]).toEqual([0, 0, null]);
  expect(shown(now)).toEqual(['#2', 'one\n\ntwo', '#1', '']);
  expect(shown(remove(now, 0))).toEqual(['one\n\ntwo', '#1', '']);
});

test('a_version_names_the_images_that_it_added_moved_and_removed', () => {
  const name = ({ file: { id } }: SectionImage) => `Image ${id}`;
  const diff = (before: Section, now: Section) =>
    sectionDiff([before], [now], name).flatMap(({ parts }) => parts.filter((part) => part.kind !== 'same'));
  const plain = section('a\nb');
  const text = (parts: { kind: string; text: string }[]) => parts.map((part) => `${part.kind}:${part.text}`).join('|');
  expect(text(diff(plain, section('a\nb', image('7', 1))))).toContain('added');
  expect(text(diff(section('a\nb', image('7', 1)), plain))).toContain('removed');
  expect(text(diff(section('a\nb', image('7', 1)), section('a\nb', image('8', 1))))).toMatch(/removed:7.*added:8/);
  expect(diff(section('a\nb', image('7', 1)), section('a\nb', image('7', 2)))).not.toEqual([]);
  expect(diff(section('a', image('7', 1)), section('a', image('7', 1)))).toEqual([]);
});

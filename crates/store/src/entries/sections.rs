//! Where the images of an article lie: apart from its sections, so that a program that knows none reads those
//! as they were.

use model::{AnswerImage, Section, SectionImage};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Placed {
    /// Number of the section, from 0.
    section: usize,
    after: usize,
    #[serde(flatten)]
    image: AnswerImage,
}

pub(super) fn images(sections: &[Section]) -> Vec<Placed> {
    let of = |(number, section): (usize, &Section)| {
        let placed =
            move |one: &SectionImage| Placed { section: number, after: one.after, image: one.image.clone() };
        section.images.iter().map(placed).collect::<Vec<_>>()
    };
    sections.iter().enumerate().flat_map(of).collect()
}

pub(super) fn joined(mut sections: Vec<Section>, images: Vec<Placed>) -> Vec<Section> {
    for Placed { section, after, image } in images {
        if let Some(section) = sections.get_mut(section) {
            section.images.push(SectionImage { after, image });
        }
    }
    sections
}

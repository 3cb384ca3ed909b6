//! Names of real things, and how buyers mistype them.

use std::process::Command;

use crate::dice::Dice;

/// The one-line descriptions of the packages that Debian knows, as often as they occur: some 60,000 that differ.
///
/// # Errors
/// Where there is no `apt-cache`, or it knows fewer than 10,000 packages: then say so, and skip what needs them.
pub fn real_names() -> Result<Vec<String>, String> {
    let output = Command::new("apt-cache").arg("dumpavail").output();
    let output = output.map_err(|error| format!("apt-cache: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let names: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("Description: ")).map(str::to_owned).collect();
    if names.len() < 10_000 {
        return Err(format!("apt-cache knows only {} packages", names.len()));
    }
    Ok(names)
}

/// The name with one letter changed, added, left out, or swapped with its neighbour; a name without letters as it is.
///
/// ```
/// use commerce_testkit::{dice::Dice, names::with_a_typo};
///
/// let typed = with_a_typo("tea", &mut Dice::new(1));
/// assert_ne!(typed, "tea");
/// assert!((2..=4).contains(&typed.len()));
/// assert_eq!(with_a_typo("42", &mut Dice::new(1)), "42");
/// ```
#[must_use]
pub fn with_a_typo(name: &str, dice: &mut Dice) -> String {
    let letters: Vec<char> = name.chars().collect();
    let places: Vec<usize> = (0..letters.len()).filter(|at| letters[*at].is_alphabetic()).collect();
    let Some(&at) = dice.one_of(&places) else { return name.to_owned() };
    loop {
        let mut typed = letters.clone();
        let letter = char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or_default());
        match dice.below(4) {
            0 => typed[at] = letter,
            1 => typed.insert(at, letter),
            2 if at + 1 < typed.len() => typed.swap(at, at + 1),
            _ => drop(typed.remove(at)),
        }
        // A letter may have been swapped with one like it.
        if typed != letters {
            return typed.into_iter().collect();
        }
    }
}

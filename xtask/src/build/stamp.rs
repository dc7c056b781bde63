//! What was made from what: a number for all that went in and all that came out, kept beside it. While both are as they were,
//! nothing has to be made.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// Grows with everything that goes in.
#[derive(Default)]
pub(super) struct Ingredients(DefaultHasher);

impl Ingredients {
    pub(super) fn add(&mut self, bytes: &[u8]) -> &mut Self {
        // The length first, so that "ab" and "c" is not "a" and "bc".
        self.0.write_usize(bytes.len());
        self.0.write(bytes);
        self
    }
}

/// What is to be made, and where it is written down.
pub(super) struct Stamp {
    place: PathBuf,
    ingredients: u64,
    products: Vec<PathBuf>,
}

impl Stamp {
    pub(super) fn new(place: PathBuf, ingredients: &Ingredients, products: Vec<PathBuf>) -> Self {
        Self { place, ingredients: ingredients.0.finish(), products }
    }

    /// Whether just this was made, and still is as it was.
    pub(super) fn holds(&self) -> bool {
        let text = self.text();
        text.is_some() && fs::read_to_string(&self.place).ok() == text
    }

    /// It is made: from now on it holds.
    pub(super) fn set(&self) -> Result<(), String> {
        let text = self.text().ok_or("what was just made is gone")?;
        super::write(&self.place, text.as_bytes())
    }

    fn text(&self) -> Option<String> {
        let mut products = Ingredients::default();
        for product in &self.products {
            products.add(&fs::read(product).ok()?);
        }
        Some(format!("{:x} {:x}\n", self.ingredients, products.0.finish()))
    }
}

/// All files below a folder, in a fixed order.
pub(super) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| super::at(folder, &error))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

    fn ingredients(parts: &[&str]) -> Ingredients {
        let mut all = Ingredients::default();
        for part in parts {
            all.add(part.as_bytes());
        }
        all
    }

    #[test]
    fn it_holds_until_something_that_went_in_or_came_out_is_another() {
        let folder = project::scratch().join("test-stamp");
        fs::create_dir_all(&folder).unwrap();
        let (place, product) = (folder.join("stamp"), folder.join("product"));
        let _ = fs::remove_file(&place); // mostly not there
        let stamp = |parts: &[&str]| Stamp::new(place.clone(), &ingredients(parts), vec![product.clone()]);

        fs::write(&product, "bread").unwrap();
        assert!(!stamp(&["flour", "water"]).holds(), "nothing was written down yet");
        stamp(&["flour", "water"]).set().unwrap();
        assert!(stamp(&["flour", "water"]).holds());
        assert!(!stamp(&["flour", "milk"]).holds());
        assert!(!stamp(&["flourwater"]).holds());
        fs::write(&product, "crumbs").unwrap();
        assert!(!stamp(&["flour", "water"]).holds());
        fs::remove_file(&product).unwrap();
        assert!(!stamp(&["flour", "water"]).holds());
        assert!(stamp(&["flour", "water"]).set().is_err());
    }
}

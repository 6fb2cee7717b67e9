//! How large Rust things may grow. What is past the limit does two jobs: part it by what it is for, not by length.

use crate::rust::RustFile;
use crate::tree::Finding;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;
const FIELDS: usize = 14;
const ARGUMENTS: usize = 6;

/// Holds a file against every limit; its `#[cfg(test)]` part is not counted.
pub(crate) fn check(file: &RustFile) -> Vec<Finding> {
    let mut sizes = Sizes { path: &file.path, findings: Vec::new() };
    if file.lines > FILE_LINES {
        let what = format!("{} lines without tests, at most {FILE_LINES}", file.lines);
        sizes.report(1, what, "part it into a folder (a noun) with a file for each verb");
    }
    for item in &file.shipped {
        sizes.visit_item(item);
    }
    sizes.findings
}

struct Sizes<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Sizes<'_> {
    fn report(&mut self, line: usize, what: String, remedy: &'static str) {
        self.findings.push(Finding::at(self.path, line, what, remedy));
    }

    fn function(&mut self, signature: &syn::Signature, whole: proc_macro2::Span) {
        let name = &signature.ident;
        let line = signature.span().start().line;
        let lines = whole.end().line.saturating_sub(line) + 1;
        if lines > FUNCTION_LINES {
            let what = format!("fn {name} has {lines} lines, at most {FUNCTION_LINES}");
            self.report(line, what, "give each of its steps a name of its own");
        }
        let arguments = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if arguments > ARGUMENTS {
            let what = format!("fn {name} takes {arguments} arguments, at most {ARGUMENTS}");
            self.report(line, what, "what belongs together is a struct with a name");
        }
    }

    fn fields(&mut self, name: &syn::Ident, fields: &syn::Fields) {
        if fields.len() > FIELDS {
            let what = format!("{name} has {} fields, at most {FIELDS}", fields.len());
            self.report(name.span().start().line, what, "group the fields that change together");
        }
    }
}

impl<'ast> Visit<'ast> for Sizes<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.span());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.fields(&item.ident, &item.fields);
    }

    fn visit_variant(&mut self, item: &'ast syn::Variant) {
        self.fields(&item.ident, &item.fields);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        // Items wrapped in a macro are items all the same.
        if let Ok(inner) = item.parse_body::<syn::File>() {
            for wrapped in &inner.items {
                self.visit_item(wrapped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check(&RustFile::sample("a.rs", text)).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = "const A: u8 = 1;\n".repeat(501);
        assert_eq!(found(&long), ["501 lines without tests, at most 500"]);
        let tested = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(found(&tested), Vec::<String>::new());
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        let body = "{\n".to_owned() + &"a();\n".repeat(69) + "}";
        assert_eq!(found(&format!("fn long() {body}")), ["fn long has 71 lines, at most 70"]);
        assert_eq!(found(&format!("impl A {{ fn long(&self) {body} }}")).len(), 1);
        assert_eq!(found(&format!("trait A {{ fn long(&self) {body} }}")).len(), 1);
        assert_eq!(found(&format!("wrap! {{ fn long() {body} }}")).len(), 1);
    }

    #[test]
    fn many_arguments_and_fields_are_found() {
        let arguments: String = (0..7).map(|number| format!("a{number}: u8,")).collect();
        assert_eq!(found(&format!("fn many({arguments}) {{}}")), ["fn many takes 7 arguments, at most 6"]);
        let fields: String = (0..15).map(|number| format!("a{number}: u8,")).collect();
        assert_eq!(found(&format!("struct Many {{{fields}}}")), ["Many has 15 fields, at most 14"]);
        assert_eq!(found(&format!("enum E {{ Many {{{fields}}} }}")), ["Many has 15 fields, at most 14"]);
        assert_eq!(found(&format!("wrap! {{ struct Many {{{fields}}} }}")).len(), 1);
    }
}

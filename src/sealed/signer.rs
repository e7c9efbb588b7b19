//! Who signs a file, and the signature put into its text.

use super::SealError;
use crate::{
    keys::{Identity, Member, SigningKey},
    signature,
    sops::{BLOCK_KEY, METADATA_KEY},
    value::Name,
    yaml::{Document, edit::apply, write::string},
};

/// Who signs: a name of the log and the key that stands there.
pub struct Signer<'s> {
    pub(super) name: Name,
    pub(super) key: &'s SigningKey,
}

impl<'s> Signer<'s> {
    /// The first identity whose signing key is a writer's among these members.
    pub fn among<'m>(
        identities: &'s [Identity],
        members: impl IntoIterator<Item = (&'m Name, &'m Member)>,
    ) -> Option<Self> {
        let members: Vec<_> = members.into_iter().collect();
        identities.iter().find_map(|identity| {
            let own = identity.verifying_key();
            let (name, _) = members
                .iter()
                .find(|(_, member)| member.writes_with() == Some(&own))?;
            Some(Signer {
                name: (*name).clone(),
                key: identity.signing_key(),
            })
        })
    }

    /// The name.
    pub fn name(&self) -> &Name {
        &self.name
    }
}

/// Puts the signature into a document in whose block one stands, empty or old.
pub(super) fn signed_text(
    document: &Document,
    signer: &Signer<'_>,
) -> Result<zeroize::Zeroizing<String>, SealError> {
    let signature = document
        .root()
        .and_then(|root| root.get(METADATA_KEY))
        .and_then(|metadata| metadata.get(BLOCK_KEY))
        .and_then(|block| block.get("signature"))
        .ok_or_else(|| SealError::self_check("no signature"))?;
    let blob = signature::sign(document, signature.index(), signer.key);
    let edits = document.replace_scalar(signature, &string(&blob.to_base64()));
    let text = apply(document.text(), edits).map_err(SealError::self_check)?;
    Ok(if document.has_bom() {
        zeroize::Zeroizing::new(format!("\u{feff}{}", *text))
    } else {
        text
    })
}

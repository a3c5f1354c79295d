package chat.samara.mls;

/** The named reasons for which input, or a request, is refused. Each cites the rule that it enforces. */
public enum MlsError {
    /** Bytes that are not a well-formed encoding: truncated, trailing, over-long, a non-minimal length (RFC 9420 §2.1). */
    MALFORMED,
    /** A protocol version other than mls10 (RFC 9420 §6). */
    UNSUPPORTED_VERSION,
    /** A cipher suite that this library does not implement (RFC 9420 §5.1). */
    UNSUPPORTED_CIPHER_SUITE,
    /** A proposal type that this library cannot decode (RFC 9420 §12.1). */
    UNSUPPORTED_PROPOSAL,
    /** A GroupContext extension, or a required capability, that a member does not support (RFC 9420 §11.1, §13.4). */
    UNSUPPORTED_EXTENSION,
    /** The message is of another kind than the operation takes (RFC 9420 §6). */
    WRONG_MESSAGE_KIND,
    /** A list of extensions that has one type twice (RFC 9420 §13.4). */
    DUPLICATE_EXTENSION,
    /** A public key that is no point, of the wrong length, or of small order (RFC 9180 §7.1.4). */
    INVALID_PUBLIC_KEY,
    /** A private key that does not belong to the public key beside it (RFC 9420 §7.5). */
    KEY_MISMATCH,
    /** A signature that does not verify (RFC 9420 §5.1.2). */
    INVALID_SIGNATURE,
    /** A membership tag that does not verify (RFC 9420 §6.2). */
    INVALID_MEMBERSHIP_TAG,
    /** A confirmation tag that does not verify (RFC 9420 §6.1). */
    INVALID_CONFIRMATION_TAG,
    /** A membership or confirmation tag that is not as long as the suite's hash, which everybody can see (RFC 9420 §6.1, §6.2). */
    INVALID_TAG_LENGTH,
    /** An AEAD or HPKE ciphertext that does not open (RFC 9420 §5.1.3, §6.3). */
    DECRYPTION_FAILED,
    /** Padding that holds anything but zeros (RFC 9420 §6.3.1). */
    NONZERO_PADDING,
    /** Application data outside a PrivateMessage (RFC 9420 §6). */
    UNENCRYPTED_APPLICATION_DATA,
    /** A message for another group (RFC 9420 §6). */
    WRONG_GROUP,
    /** A message for another epoch than the operation takes (RFC 9420 §12.1, §12.4.2). */
    WRONG_EPOCH,
    /** A message of an epoch whose secrets have been erased or were never held (RFC 9420 §9.2). */
    EPOCH_CLOSED,
    /** A sender that is no member, or may not send such content (RFC 9420 §6.1, §6.3.2). */
    INVALID_SENDER,
    /** A sender that is no member, and that the application does not admit (RFC 9420 §12.1.8, §12.4.3.2). */
    SENDER_NOT_ADMITTED,
    /** An external commit that removes a member other than an old version of the joiner itself (RFC 9420 §12.2). */
    EXTERNAL_EVICTION,
    /** A join by external commit that came to nothing: another commit of the epoch was there before it (RFC 9420 §14). */
    JOIN_OVERTAKEN,
    /**
     * The same, as far as the outside of an encrypted commit says; who joins has no key to prove it with. To be believed where the delivery service is
     * trusted with the order of commits, and else only once the own commit does not come back.
     */
    JOIN_OVERTAKEN_UNPROVEN,
    /** A message that claims to come from this very member and was not made by this state. */
    OWN_MESSAGE,
    /** A key that has been used already (RFC 9420 §9.2). */
    KEY_CONSUMED,
    /**
     * A key of a message that has not come while more than {@link Limits#SKIPPED_KEYS_MAX} later ones did, so that it was given up; or one
     * that was used before that (RFC 9420 §9.2, §15.3).
     */
    KEY_GIVEN_UP,
    /** A generation too far ahead of the sender's last one (RFC 9420 §15.3). */
    GENERATION_TOO_FAR,
    /** A credential that the authentication service does not accept (RFC 9420 §5.3.1). */
    CREDENTIAL_REJECTED,
    /** An X.509 credential that cannot be read, or is for another key than it is presented with (RFC 9420 §5.3). */
    INVALID_CREDENTIAL,
    /** A credential type that not every member supports (RFC 9420 §7.3). */
    UNSUPPORTED_CREDENTIAL,
    /** A leaf node that breaks a rule of RFC 9420 §7.3. */
    INVALID_LEAF_NODE,
    /** The present time lies outside a leaf's lifetime, or that lifetime is too long (RFC 9420 §7.2, §7.3). */
    LIFETIME,
    /** A KeyPackage that breaks a rule of RFC 9420 §10.1. */
    INVALID_KEY_PACKAGE,
    /** A key that stands in the tree already (RFC 9420 §7.3, §12.4.2). */
    DUPLICATE_KEY,
    /** A tree that breaks a rule of RFC 9420 §7 or §12.4.3.1. */
    INVALID_TREE,
    /** A tree whose hash is not the one in the GroupContext (RFC 9420 §12.4.3.1). */
    TREE_HASH_MISMATCH,
    /** A parent hash that does not verify (RFC 9420 §7.9.2). */
    INVALID_PARENT_HASH,
    /** An UpdatePath that does not fit the tree (RFC 9420 §7.5, §7.6). */
    INVALID_PATH,
    /** A path that has no secret for this very member, which only it can see (RFC 9420 §7.5). */
    INVALID_PATH_SECRET,
    /** A proposal that is invalid by itself (RFC 9420 §12.1). */
    INVALID_PROPOSAL,
    /** A list of proposals that is invalid as a whole (RFC 9420 §12.2). */
    INVALID_PROPOSAL_LIST,
    /** A commit that refers to a proposal nobody has sent in this epoch (RFC 9420 §12.4). */
    UNKNOWN_PROPOSAL,
    /** A commit without the path that its proposals require (RFC 9420 §12.4). */
    PATH_REQUIRED,
    /** A pre-shared key that this member does not hold (RFC 9420 §12.4.2, §12.4.3.1). */
    PSK_UNAVAILABLE,
    /** A Welcome that breaks a rule of RFC 9420 §12.4.3.1. */
    INVALID_WELCOME,
    /**
     * A successor or branch that does not follow from the group it should, by its PSK, parameters, epoch or members (RFC 9420 §11.2,
     * §11.3).
     */
    UNRELATED_GROUP,
    /** A Welcome that is not for the given KeyPackage (RFC 9420 §12.4.3.1). */
    NOT_WELCOME,
    /** A GroupInfo that breaks a rule of RFC 9420 §12.4.3, or does not belong to the group. */
    INVALID_GROUP_INFO,
    /** A group of the same id is among the client's own already (RFC 9420 §12.4.3). */
    GROUP_EXISTS,
    /** The ratchet tree is neither in the GroupInfo nor handed in (RFC 9420 §12.4.3.3). */
    MISSING_TREE,
    /** This member has been removed, or the group was re-initialized or destroyed (RFC 9420 §12.4.2). */
    GROUP_INACTIVE,
    /** This state of the group makes nothing any more, since a later one of it may have used its keys (RFC 9420 §6.3.1). */
    LISTEN_ONLY,
    /** Application data may not be sent while a proposal waits for its commit (RFC 9420 §12.4). */
    PENDING_PROPOSAL,
    /** A staged commit that does not start from the present state. */
    STALE_STAGED_COMMIT,
    /** The key ratchet of this epoch is used up (RFC 9420 §9.1, §15.2). */
    RATCHET_EXHAUSTED,
    /** A named limit of {@link Limits} was reached. */
    LIMIT,
    /** Stored state that cannot be read, or is of a newer version. */
    INVALID_STATE
}

package chat.samara.mls.credential;

/** What brings a credential before the authentication service (RFC 9420 §5.3.1). */
public enum CredentialEvent {
    /** The client's own, when it founds a group. */
    OWN,
    /** In a KeyPackage, before it is used. */
    KEY_PACKAGE,
    /** In an Add proposal. */
    ADD,
    /** Of a member of a group that the client joins, by a Welcome or an external commit, or begins to observe. */
    GROUP,
    /** In an Update proposal, where it is another than before. */
    UPDATE,
    /** In the path of a member's commit, where it is another than before. */
    COMMIT,
    /** Of someone who joins by an external commit. */
    EXTERNAL_COMMIT,
    /** In the {@code external_senders} extension, where that is added or changed. */
    EXTERNAL_SENDER
}

package chat.samara.mls.credential;

/** What someone who is no member may ask of a group. */
public enum OutsideRequest {
    /** To have a proposal committed, as a sender that the {@code external_senders} extension names (RFC 9420 §12.1.8). */
    EXTERNAL_PROPOSAL,
    /** To be added, by a proposal of one's own (RFC 9420 §12.1.8). */
    APPLICATION,
    /** To join by an external commit (RFC 9420 §12.4.3.2). */
    EXTERNAL_JOIN,
    /** To join by an external commit that removes an old version of oneself (RFC 9420 §12.4.3.2). */
    RESYNC
}

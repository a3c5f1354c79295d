package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import java.util.Optional;

/** Who sent a handshake message, known by the signature (RFC 9420 §6.1). Of the four kinds only the first is a member then. */
public sealed interface VerifiedSender {
    /** Who sent a commit: a member, or who joins by it. */
    sealed interface Committer extends VerifiedSender {
        /** The committer's leaf: that of a member, or the one that the joiner takes. */
        int leafIndex();
    }

    /** A member, as it stands in the epoch in which it sent the message. */
    record OfMember(Member member) implements Committer {
        @Override
        public int leafIndex() {
            return member.leafIndex();
        }

        @Override
        public Credential credential() {
            return member.credential();
        }

        @Override
        public Bytes signatureKey() {
            return member.signatureKey();
        }
    }

    /**
     * Someone who joins by an external commit (RFC 9420 §12.4.3.2).
     *
     * @param joined as it will stand in the tree
     * @param replaced the old version of it that the commit removes, as it stood in the tree; empty where it is new
     */
    record Joiner(Member joined, Optional<Member> replaced) implements Committer {
        @Override
        public int leafIndex() {
            return joined.leafIndex();
        }

        @Override
        public Credential credential() {
            return joined.credential();
        }

        @Override
        public Bytes signatureKey() {
            return joined.signatureKey();
        }
    }

    /** Someone who proposes to be added, with the credential and key of its KeyPackage (RFC 9420 §12.1.8). */
    record Applicant(Credential credential, Bytes signatureKey) implements VerifiedSender {}

    /**
     * Someone outside whom the {@code external_senders} extension lets propose (RFC 9420 §12.1.8).
     *
     * @param senderIndex its place there
     */
    record Outsider(int senderIndex, Credential credential, Bytes signatureKey) implements VerifiedSender {}

    /** The credential, which the authentication service has accepted for the key. */
    Credential credential();

    /** The key of the signature. */
    Bytes signatureKey();
}

package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;

/**
 * An application message that a member has just made.
 *
 * @param message an MLSMessage with a PrivateMessage
 * @param senderLeaf the member's own
 * @param signature the one inside (RFC 9420 §6.1): part of a {@link chat.samara.mls.framing.SignedApplicationData}
 */
public record SignedMessage(Bytes message, int senderLeaf, Bytes signature) {}

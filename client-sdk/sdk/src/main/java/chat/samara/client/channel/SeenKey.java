package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;

/**
 * An identity key that was seen under a member's name.
 *
 * @param identityKey Ed25519 public key, 32 bytes
 * @param first how it was seen first
 */
public record SeenKey(Bytes identityKey, KeySighting first) {}

package chat.samara.mls.crypto;

import chat.samara.mls.codec.Bytes;

/** A secret exported from an HPKE sending context, with the KEM output for the receiver (RFC 9420 §8.3). */
public record ExportedSecret(Bytes kemOutput, Secret secret) {}

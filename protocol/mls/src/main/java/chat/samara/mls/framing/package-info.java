/**
 * Message framing (RFC 9420 §6): what is signed, how it is made a PublicMessage or a PrivateMessage, and the MLSMessage around
 * everything. Decoded messages are {@code …In} types; only verification makes an {@code AuthenticatedContent}. Immutable
 * data; callable from any thread.
 */
@NullMarked
package chat.samara.mls.framing;

import org.jspecify.annotations.NullMarked;

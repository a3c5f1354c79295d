/**
 * What members say, between a text and the plain text of an MLS application message: checked, committed to by a franking key,
 * compressed with a shipped dictionary, padded to size classes, and back under named bounds. Stateless; callable from any thread.
 */
@NullMarked
package chat.samara.client.content;

import org.jspecify.annotations.NullMarked;

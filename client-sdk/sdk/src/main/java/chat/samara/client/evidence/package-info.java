/**
 * What proves to somebody who was not there who said something in a channel. Made by the engine from what it keeps; verified by anybody, on any thread.
 */
@NullMarked
package chat.samara.client.evidence;

import org.jspecify.annotations.NullMarked;

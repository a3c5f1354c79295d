/**
 * Making what others wrote fit to be shown to a person. Called by every client before it puts foreign text on a screen; pure functions,
 * any thread.
 */
@NullMarked
package chat.samara.client.display;

import org.jspecify.annotations.NullMarked;

/**
 * Why something that was asked for is not done: one list of codes for everything the SDK refuses, with a sentence for a person.
 * Values; used from any thread.
 */
@NullMarked
package chat.samara.client.refusal;

import org.jspecify.annotations.NullMarked;

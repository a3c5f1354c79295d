/**
 * The terminal client, {@code samara}: a real client built on the SDK only.
 *
 * <p>{@link chat.samara.cli.Main} starts it; what a command does stands in {@code command}, how a message looks in {@code message},
 * the interactive conversation in {@code chat}, and where the profile and its passphrase come from in {@code profile}. A command runs
 * on the main thread; what the SDK tells comes on the SDK's callback thread and says so where it arrives.
 */
@NullMarked
package chat.samara.cli;

import org.jspecify.annotations.NullMarked;

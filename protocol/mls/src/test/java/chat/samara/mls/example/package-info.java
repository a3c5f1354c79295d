/** The example of the README, which a test runs. */
@NullMarked
package chat.samara.mls.example;

import org.jspecify.annotations.NullMarked;

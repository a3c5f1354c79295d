/** Programs that docs/sdk.md shows; compiled and run by the tests, so that the page stays true. */
@NullMarked
package chat.samara.client.example;

import org.jspecify.annotations.NullMarked;

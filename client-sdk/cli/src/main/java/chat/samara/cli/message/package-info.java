/** How a message looks: as a line for a person, and as a JSON object for a program. Pure functions, any thread. */
@NullMarked
package chat.samara.cli.message;

import org.jspecify.annotations.NullMarked;

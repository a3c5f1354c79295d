package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.server.node.admin.AdminFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server says of itself to its operator, read once.
 *
 * @param scraped in Prometheus' text format
 */
public record ServerMetrics(String scraped) {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int OK = 200;

    static ServerMetrics read(Path data) throws BenchFailure, InterruptedException {
        try {
            AdminFile admin = AdminFile.read(data.resolve("admin.json"));
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.port() + "/metrics"))
                    .timeout(PATIENCE)
                    .build();
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != OK) {
                throw new BenchFailure("/metrics answered " + answer.statusCode() + ": " + answer.body());
            }
            return new ServerMetrics(answer.body());
        } catch (IOException failed) {
            throw new BenchFailure("the metrics of the server in " + data + " cannot be read (" + failed + ")", failed);
        }
    }

    /**
     * The sum of all lines of a name.
     *
     * @param name and behind it, if only lines of some labels are meant, the brace and the first of them
     */
    public double sum(String name) throws BenchFailure {
        Matcher matcher = Pattern.compile("(?m)^" + Pattern.quote(name) + "(?:[{,}].*)? (\\S+)$")
                .matcher(scraped);
        double sum = 0;
        boolean found = false;
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
            found = true;
        }
        if (!found) {
            throw new BenchFailure("the server's metrics have no " + name);
        }
        return sum;
    }
}

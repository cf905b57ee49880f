// Attaches a file that this process holds to a case or contact, on behalf of an Amazon Connect user. Java 17 alone.
//
//   API=... TOKEN=... java Upload.java FILE CASE_OR_CONTACT_ARN USERNAME [KEY]
//
// API is the broker's URL, TOKEN a bearer token. With IAM, let the AWS SDK's AwsV4HttpSigner make the headers instead.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Upload {
    /** How long one step is tried, and how long the scan is watched. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    /** A member of a JSON object whose value is text, a number or a boolean. In a project, use your JSON library. */
    private static final Pattern MEMBER =
            Pattern.compile("\"(\\w[\\w-]*)\"\\s*:\\s*(?:\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|([\\w.+-]+))");

    public static void main(String[] args) throws Exception {
        String key = args.length > 3 ? args[3] : UUID.randomUUID().toString();
        String api = System.getenv("API").replaceAll("/$", "");
        String status = upload(api, System.getenv("TOKEN"), Path.of(args[0]), args[1], args[2], key);
        System.out.println(status);
        System.exit(status.equals("APPROVED") ? 0 : 1);
    }

    /** The file's last status: `APPROVED`, `REJECTED` and so on, or `PROCESSING` if the scan takes too long. */
    static String upload(String api, String token, Path file, String resource, String user, String key)
            throws IOException, InterruptedException {
        String body = "{\"fileName\": %s, \"fileSizeInBytes\": %d, \"associatedResourceArn\": %s, \"onBehalfOf\": %s}"
                .formatted(quoted(file.getFileName().toString()), Files.size(file), quoted(resource), quoted(user));
        Map<String, String> authorization = Map.of("Authorization", "Bearer " + token);
        Map<String, String> headers = new HashMap<>(authorization);
        headers.putAll(Map.of("Content-Type", "application/json", "Idempotency-Key", key));
        URI uploads = URI.create(api + "/uploads");
        HttpResponse<String> started = send("POST", uploads, headers, BodyPublishers.ofString(body));
        URI handle = started.uri().resolve(started.headers().firstValue("Location").orElseThrow());
        if (!handle.toString().startsWith(uploads + "/")) {
            throw new IOException("unusable-answer: Location leads away from the API");
        }
        // Exactly these headers, and no Authorization, which the store refuses. The publisher sets Content-Length; one
        // without a length would send chunks, which the store refuses too (501).
        Map<String, String> ticket = members(started.body());
        send("PUT", URI.create(ticket.remove("url")), ticket, BodyPublishers.ofFile(file));
        send("POST", URI.create(handle + "/complete"), authorization, BodyPublishers.noBody());
        for (Instant deadline = Instant.now().plus(PATIENCE); ; ) {
            HttpResponse<String> answer = send("GET", handle, authorization, BodyPublishers.noBody());
            double seconds = Double.parseDouble(answer.headers().firstValue("Retry-After").orElse("0"));
            if (seconds == 0 /* the status is final */ || Instant.now().plusSeconds((long) seconds).isAfter(deadline)) {
                return members(answer.body()).get("status");
            }
            Thread.sleep((long) Math.ceil(seconds * 1000));
        }
    }

    /** The answer to a request, which is repeated while it may succeed later. Errors never name the URL, a secret. */
    private static HttpResponse<String> send(
            String method, URI url, Map<String, String> headers, HttpRequest.BodyPublisher body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(60)).method(method, body);
        headers.forEach(request::header);
        Instant deadline = Instant.now().plus(PATIENCE);
        for (int attempt = 0; ; attempt++) {
            double seconds = ThreadLocalRandom.current().nextDouble(Math.min(Math.pow(2, attempt), 20));
            boolean isFinal = false;
            String failure;
            try {
                HttpResponse<String> answer = CLIENT.send(request.build(), BodyHandlers.ofString());
                if (answer.statusCode() / 100 == 2) {
                    return answer;
                }
                // API Gateway and the store answer without a problem, so there the status decides.
                Map<String, String> problem = members(answer.body());
                String code = problem.getOrDefault("code", "http-" + answer.statusCode());
                failure = code + " " + (problem.containsKey("requestId") ? answer.body() : "");
                String usual = "" + List.of(429, 500, 502, 503, 504).contains(answer.statusCode());
                isFinal = problem.getOrDefault("retryable", usual).equals("false");
                // The broker gives the exact time; the header is rounded up.
                String advised = answer.headers().firstValue("Retry-After").orElse("" + seconds);
                seconds = Double.parseDouble(problem.getOrDefault("retryAfterSeconds", advised));
            } catch (IOException error) {
                failure = "unreachable: " + error.getClass().getSimpleName();
            }
            if (isFinal || Instant.now().plusMillis((long) (seconds * 1000)).isAfter(deadline)) {
                throw new IOException(failure);
            }
            Thread.sleep((long) Math.ceil(seconds * 1000));
        }
    }

    /** The members of a JSON object and of the objects in it. */
    private static Map<String, String> members(String json) {
        Map<String, String> members = new HashMap<>();
        for (Matcher found = MEMBER.matcher(json); found.find(); ) {
            String text = found.group(2);
            members.putIfAbsent(found.group(1), text == null ? found.group(3) : text.replaceAll("\\\\(.)", "$1"));
        }
        return members;
    }

    private static String quoted(String text) {
        return '"' + text.replaceAll("[\"\\\\]", "\\\\$0") + '"';
    }
}
